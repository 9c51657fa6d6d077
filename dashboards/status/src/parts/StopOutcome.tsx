// How far a stop is, in large words.

import type { Stop } from "../charging_shapes.ts";
import { contactors, progress, standing } from "../show/stop.ts";
import { reason } from "../show/value.ts";
import { t } from "../texts.ts";
import { CalmMark, PriorityMark } from "./PriorityMark.tsx";

const LOOKS = { ordered: "waiting", proved: "done", not_stopped: "failed" } as const;
/** As many ports are named; the rest is a number. */
const NAMED = 6;

export function StopOutcome({ stop }: { stop: Stop }) {
  const more = [progress(stop), contactors(stop)].filter((word) => word !== null);
  const { not_stopped: left } = stop;
  return (
    <div class={`outcome ${LOOKS[stop.phase]} stop-outcome`} role={stop.phase === "not_stopped" ? "alert" : "status"} data-phase={stop.phase}>
      {stop.phase === "proved" ? <CalmMark /> : <PriorityMark priority={stop.phase === "not_stopped" ? 1 : 2} />}
      <div>
        <p>{standing(stop)}</p>
        {more.length > 0 && <small>{more.join(" · ")}</small>}
        {left.slice(0, NAMED).map(({ device, part, place, why }) => (
          <small key={`${device}/${part}`}>{t("stops.left", { place, why: reason(why) })}</small>
        ))}
        {left.length > NAMED && <small>{t("stops.more_left", { n: left.length - NAMED })}</small>}
      </div>
    </div>
  );
}
