// On every page: where charging was stopped and current may still flow. What is proved is quiet here.

import type { Stop } from "../charging_shapes.ts";
import { href, route } from "../route.ts";
import { contactors, progress, standing } from "../show/stop.ts";
import { charging } from "../store/overview.ts";
import { stops } from "../store/stops.ts";
import { t } from "../texts.ts";
import { PriorityMark } from "./PriorityMark.tsx";

/** As many are named one by one; a phone has to show something beside them. */
const NAMED = 2;

/** Whether there is anything to tell. */
export function isStopTold(): boolean {
  return charging.value.not_stopped > 0 || stops.value.some((stop) => stop.phase !== "proved");
}

export function StopBanner() {
  const failed = stops.value.filter((stop) => stop.phase === "not_stopped");
  const waiting = stops.value.filter((stop) => stop.phase === "ordered");
  const { not_stopped: left } = charging.value;
  // The overview knows first; which place it is takes one more question.
  const unnamed = left > 0 && failed.length === 0;
  return (
    <>
      {unnamed && (
        <p class="banner urgent" role="alert">
          <PriorityMark priority={1} />
          <span>{t("verdict.not_stopped", { n: left })}</span>
        </p>
      )}
      {failed.slice(0, NAMED).map((stop) => (
        <Line key={stop.id} stop={stop} />
      ))}
      {failed.length > NAMED && (
        <p class="banner urgent" role="alert">
          <PriorityMark priority={1} />
          <span>{t("verdict.not_stopped", { n: left })}</span>
          <a href={href({ page: "charging" })}>{t("alarm.look")}</a>
        </p>
      )}
      {left === 0 && failed.length === 0 && waiting.slice(0, NAMED).map((stop) => <Line key={stop.id} stop={stop} />)}
    </>
  );
}

function Line({ stop }: { stop: Stop }) {
  const failed = stop.phase === "not_stopped";
  const there = href(stop.reach === "room" ? { page: "room", id: stop.what } : { page: "charging" });
  const here = href(route.value);
  const more = [failed ? null : stop.name, progress(stop), contactors(stop)].filter((word) => word !== null);
  return (
    <p class={`banner urgent${failed ? "" : " waiting"}`} role="alert" data-stop={stop.id}>
      <PriorityMark priority={failed ? 1 : 2} />
      <span>{standing(stop)}</span>
      {more.length > 0 && <small>{more.join(" · ")}</small>}
      {here !== there && <a href={there}>{t("alarm.look")}</a>}
    </p>
  );
}
