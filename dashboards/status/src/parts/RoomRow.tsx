// A charging room in the list: how much charges, what it draws, and what is wrong.

import type { Room } from "../charging_shapes.ts";
import { href } from "../route.ts";
import { whole } from "../show/charging.ts";
import { stops } from "../store/stops.ts";
import { t } from "../texts.ts";
import { CalmMark, PriorityMark } from "./PriorityMark.tsx";
import { RoomLoad } from "./RoomLoad.tsx";

const TONES = { ordered: "door-trouble p2", proved: "door-words", not_stopped: "door-trouble p1" } as const;

export function RoomRow({ room }: { room: Room }) {
  const stop = stops.value.find(({ id }) => id === room.stop);
  const worst = stop?.phase === "not_stopped" ? 1 : room.worst;
  const odd = troubles(room);
  const unsure = room.fault + room.offline > 0;
  const mark = worst ?? (unsure ? 3 : null);
  return (
    <li
      class={`door-row room-row${worst === null ? "" : ` p${worst}`}${unsure && worst === null ? " unsure" : ""}`}
      data-room={room.id}
    >
      {mark === null ? <CalmMark /> : <PriorityMark priority={mark} />}
      <div>
        <p class="door-name">
          <a href={href({ page: "room", id: room.id })}>{whole(room)}</a>
          <span>{t("room.charging", { n: room.charging, ports: room.ports })}</span>
        </p>
        <RoomLoad room={room} />
        {stop !== undefined && <p class={TONES[stop.phase]}>{t(`room.stop.${stop.phase}`)}</p>}
        {odd.length > 0 && <p class="door-words">{odd.join(" · ")}</p>}
      </div>
    </li>
  );
}

function troubles(room: Room): string[] {
  const words: string[] = [];
  if (room.alarms > 0) words.push(t("room.alarms", { n: room.alarms }));
  if (room.fault > 0) words.push(t("room.fault", { n: room.fault }));
  if (room.offline > 0) words.push(t("room.offline", { n: room.offline }));
  if (room.held > 0) words.push(t("room.held", { n: room.held }));
  if (room.contactor?.closed === false) words.push(t("room.contactor.open"));
  return words;
}
