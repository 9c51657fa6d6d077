// One door: open or closed at a glance, then its lock, its mode, and what is wrong with it.

import type { Door } from "../show/doors.ts";
import { said } from "../show/doors.ts";
import { href } from "../route.ts";
import { t } from "../texts.ts";
import { DoorPicture } from "./DoorPicture.tsx";
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
