// What a room draws, of what it may.

import type { Room } from "../charging_shapes.ts";
import { watts } from "../show/charging.ts";
import { t } from "../texts.ts";

/** Nothing new begins above the limit; near it people will ask why. */
const FULL = 0.9;

export function RoomLoad({ room: { watts: drawn, limit_watts: limit } }: { room: Room }) {
  if (limit === null || limit <= 0) return <p class="room-load">{watts(drawn)}</p>;
  return (
    <p class="room-load">
      <span class={drawn >= FULL * limit ? "odd" : ""}>{t("room.load", { watts: watts(drawn), limit: watts(limit) })}</span>
      <meter min={0} max={1} high={FULL} value={Math.min(Math.max(drawn / limit, 0), 1)} aria-label={t("room.power")} />
    </p>
  );
}
