// One point's last 24 hours: a plot, a readout under the pointer, and the same numbers as a table.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get, Problem } from "../ask.ts";
import { Export } from "../parts/Export.tsx";
import { href } from "../route.ts";
import type { History } from "../shapes.ts";
import { clockFace } from "../show/time.ts";
import { shown, state } from "../show/point.ts";
import { number, unit } from "../show/value.ts";
import { now } from "../store/clock.ts";
import { t } from "../texts.ts";
import { Drawing } from "./Drawing.tsx";
import { byHour, isEmpty } from "./hours.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const PIXELS = 600;
/** A bucket of a 24 h plot is minutes long: asking more often would draw the same picture. */
const AGAIN_MS = 60_000;

export function Day({ device, point, name }: { device: string; point: string; name: string }) {
  const history = useSignal<History | null>(null);
  const trouble = useSignal("");
  const under = useSignal<number | null>(null);

  useEffect(() => {
    let left = false;
    const read = async () => {
      try {
        const got = await get<History>(path(device, point));
        if (!left) [history.value, trouble.value] = [got, ""];
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (!left) trouble.value = error.message;
      }
    };
    void read();
    const timer = setInterval(() => void read(), AGAIN_MS);
    return () => {
      left = true;
      clearInterval(timer);
    };
  }, [device, point]);

  // On a phone the plot stands above a table that may have been scrolled far down to the point that was tapped.
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const place = panel.current?.getBoundingClientRect();
    if (place !== undefined && place.top < 0) panel.current?.scrollIntoView();
  }, []);

  const got = history.value;
  return (
    <section class="plot-panel" aria-labelledby="plot-title" ref={panel}>
      <h2 id="plot-title">{t("plot.title", { name })}</h2>
      {trouble.value !== "" && <p class="empty">{t("plot.failed", { why: trouble.value })}</p>}
      {got === null && trouble.value === "" && <p class="empty">{t("plot.loading")}</p>}
      {got !== null && isEmpty(got) && <p class="empty">{t("plot.empty")}</p>}
      {got !== null && !isEmpty(got) && (
        <>
          <Drawing history={got} label={t("plot.label", { name })} under={under} />
          <p class="readout">{readout(got, under.value)}</p>
          <details>
            <summary>{t("plot.as_table")}</summary>
            <Table history={got} />
          </details>
          <Export path={pointPath(device, point)} label="export.point" />
          <p>
            <a href={href({ page: "history", points: `${device}/${point}`, days: "7" })}>{t("plot.compare")}</a>
          </p>
        </>
      )}
    </section>
  );
}

function path(device: string, point: string): string {
  const end = new Date(now.peek());
  const start = new Date(now.peek() - DAY_MS);
  const span = `start=${start.toISOString()}&end=${end.toISOString()}&pixels=${PIXELS}`;
  return `${pointPath(device, point)}/history?${span}`;
}

function pointPath(device: string, point: string): string {
  return `devices/${encodeURIComponent(device)}/points/${encodeURIComponent(point)}`;
}

function readout(history: History, index: number | null): string {
  const at = index === null ? undefined : history.t[index];
  if (index === null || at === undefined) return t("plot.hover");
  const time = clockFace(at * 1000, false);
  const mean = history.mean[index] ?? null;
  const last = history.last[index] ?? null;
  if (mean === null && last === null) return t("plot.readout_gap", { time });
  const [low, high] = [history.min[index] ?? null, history.max[index] ?? null];
  if (history.kind === "boolean") {
    if (low === high) return t("plot.readout_state", { time, value: shown(last, history) });
    return t("plot.readout_both", { time, state: state(true, history.meaning), share: Math.round((mean ?? 0) * 100) });
  }
  return t("plot.readout", { time, mean: shown(mean, history), min: shown(low, history), max: shown(high, history) });
}

function Table({ history }: { history: History }) {
  const truth = history.kind === "boolean";
  return (
    <table class="hours">
      <thead>
        <tr>
          <th scope="col">{t("plot.time")}</th>
          {truth ? (
            <>
              <th scope="col">{t("plot.last")}</th>
              <th scope="col">
                {state(true, history.meaning)} {t("plot.share")}
              </th>
            </>
          ) : (
            <>
              <th scope="col">{t("plot.min")}</th>
              <th scope="col">{t("plot.mean")}</th>
              <th scope="col">{t("plot.max")}</th>
            </>
          )}
        </tr>
      </thead>
      <tbody>
        {byHour(history).map((hour) => (
          <tr key={hour.start}>
            <th scope="row">{clockFace(hour.start, false)}</th>
            {hour.mean === null ? (
              <td colSpan={truth ? 2 : 3}>{t("quality.gap")}</td>
            ) : truth ? (
              <>
                <td>{shown(hour.last, history)}</td>
                <td>{Math.round(hour.mean * 100)} %</td>
              </>
            ) : (
              [hour.min, hour.mean, hour.max].map((value, place) => (
                <td key={place}>{value === null ? t("value.none") : `${number(value)}${unit(history.unit)}`}</td>
              ))
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
