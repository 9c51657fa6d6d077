// One door: open or closed at a glance, then its lock, its mode, and what is wrong with it.

import type { Door } from "../show/doors.ts";
import { said } from "../show/doors.ts";
import { href } from "../route.ts";
import { t } from "../texts.ts";
import { Moment } from "./Moment.tsx";
import { PriorityMark } from "./PriorityMark.tsx";

export function DoorCard({ door }: { door: Door }) {
  const worst = door.troubles[0]?.priority ?? null;
  const unsure = door.doubt !== null;
  return (
    <li
      class={`door${worst === null ? "" : ` p${worst}`}${unsure ? " unsure" : ""}${door.open === true ? " open" : ""}`}
      data-door={door.id}
    >
      <DoorPicture open={unsure ? null : door.open} />
      <div class="door-said">
        <p class="door-name">
          <a href={href({ page: "device", id: door.device.id, point: door.point })}>{door.name}</a>
          <span>{door.device.name}</span>
        </p>
        {unsure ? (
          <>
            <p class="door-state">{t("door.unknown")}</p>
            <p class="door-more">
              {door.doubt}
              {said(door) !== "" && ` · ${t("door.last_known", { said: said(door) })}`}
            </p>
          </>
        ) : (
          <>
            <p class="door-state">{said(door)}</p>
            <p class="door-more">{door.mode}</p>
          </>
        )}
        {door.troubles.map(({ key, priority }) => (
          <p key={key} class={`door-trouble p${priority}`}>
            <PriorityMark priority={priority} />
            {t(key)}
          </p>
        ))}
      </div>
      {unsure && door.heard !== null && <Moment at={door.heard} />}
    </li>
  );
}

function DoorPicture({ open }: { open: boolean | null }) {
  return (
    <svg class="door-picture" viewBox="0 0 36 48" aria-hidden="true">
      <path class="frame" d="M5 46V3h26v43M1 46h34" />
      {open === true && <path class="leaf" d="M5 3.5 20 9v37L5 46z" />}
      {open === false && <path class="leaf" d="M8 6h20v40H8z" />}
      {open === null && <path class="guess" d="M18 31.5v.1M13.5 19.5a4.5 4.5 0 1 1 6.6 4c-1.5.8-2.1 1.6-2.1 3.2" />}
      {open === true && <circle class="knob" cx="16.5" cy="28" r="1.3" />}
      {open === false && <circle class="knob" cx="24.5" cy="27" r="1.3" />}
    </svg>
  );
}
