// 线路: how full each line is, how long a round takes, and which unit on it errs.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import type { Line, Statistics } from "../door_shapes.ts";
import { Rejected } from "../parts/Rejected.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { amount, number, withReason } from "../show/value.ts";
import { mayInstall } from "../store/session.ts";
import { t } from "../texts.ts";

const EVERY_MS = 5_000;
/** Columns of a unit's table, as the driver names its numbers. */
const COLUMNS = ["missed", "refused", "bad_crc", "wrong", "late", "p99_ms", "timeout_ms"] as const;
/** Drivers whose devices speak unasked, and may say what nobody can read. */
const PUSHED = new Set(["mqtt", "ocpp"]);
/** A bus this full has no room for a burst of events. */
const FULL = 0.8;

export function Lines() {
  const { value, trouble } = useAsked<{ lines: Line[] }>("lines", EVERY_MS);
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("nav.lines")}</h1>
      <p class="lead">
        <a href={href({ page: "health" })}>{t("nav.health")}</a>
      </p>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value?.lines.length === 0 && <p class="empty">{t("lines.none")}</p>}
      <ul class="lines">
        {value?.lines.map((line) => (
          <LineCard key={line.id} line={line} />
        ))}
      </ul>
    </main>
  );
}

function LineCard({ line }: { line: Line }) {
  const open = useSignal(line.units.length > 1);
  const refused = useSignal(false);
  const { utilisation = 0, cycle_seconds: cycle = 0 } = line.statistics;
  const full = utilisation >= FULL;
  return (
    <li class={`line ${line.link}`} data-line={line.id}>
      <p class="line-head">
        <b>{line.id}</b>
        <span>{line.address}</span>
        <span class={line.link === "up" ? "" : "odd"}>{withReason(t(`link.${line.link}`), line.why)}</span>
      </p>
      <p class="line-load">
        <span class={full ? "odd" : ""}>{t("lines.utilisation", { percent: number(Math.round(utilisation * 1000) / 10) })}</span>
        <meter min={0} max={1} high={FULL} value={Math.min(utilisation, 1)} aria-label={t("lines.load")} />
        {cycle > 0 && <span>{t("lines.cycle", { seconds: cycle.toFixed(2) })}</span>}
        <span>{t("lines.devices", { n: line.devices })}</span>
      </p>
      <details open={open.value} onToggle={(event) => (open.value = event.currentTarget.open)}>
        <summary>{t("lines.units")}</summary>
        {open.value && <Units line={line} />}
      </details>
      {mayInstall() && PUSHED.has(line.driver) && (
        <details open={refused.value} onToggle={(event) => (refused.value = event.currentTarget.open)}>
          <summary>{t("rejected.title")}</summary>
          {refused.value && <Rejected line={line.id} />}
        </details>
      )}
    </li>
  );
}

function Units({ line }: { line: Line }) {
  return (
    <div class="wide-table" tabIndex={0} role="region" aria-label={t("lines.units_of", { line: line.id })}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("lines.unit")}</th>
            <th scope="col">{t("lines.link")}</th>
            {COLUMNS.map((column) => (
              <th key={column} scope="col">
                {t(`lines.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {line.units.map((unit) => (
            <tr key={unit.device} class={unit.link === "up" ? "" : "unsure"}>
              <th scope="row">
                <a href={href({ page: "device", id: unit.device, point: null })}>{unit.name || unit.device}</a>
              </th>
              <td>
                <span class={unit.link === "up" ? "" : "odd"}>{withReason(t(`link.${unit.link}`), unit.why)}</span>
              </td>
              {COLUMNS.map((column) => (
                <td key={column} class="figure">
                  {figure(unit.statistics, column)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A count, or milliseconds; what a driver does not count is a dash, never a nought. */
function figure(statistics: Statistics, name: string): string {
  const value = statistics[name];
  if (value === undefined) return t("value.none");
  return name.endsWith("_ms") ? `${number(Math.round(value))} ms` : amount(value);
}
