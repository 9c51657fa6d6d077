// The points of a device or detector as a table, and the last 24 hours of the one that is chosen.

import { Day } from "../plot/Day.tsx";
import { href, type Route } from "../route.ts";
import type { Device, Point } from "../shapes.ts";
import { doubt, partName, pointName, shown } from "../show/point.ts";
import * as clock from "../store/clock.ts";
import { fed } from "../store/live.ts";
import { t } from "../texts.ts";
import { Moment } from "./Moment.tsx";

type Facts = Pick<Device, "id" | "link" | "why" | "parts" | "points">;

interface Shown {
  device: Facts;
  chosen: string | null;
  /** The page on which a point is chosen. */
  to: (point: string) => Route;
}

export function Points(shownNow: Shown) {
  return (
    <div class="split-device">
      <Table {...shownNow} />
      <Chosen {...shownNow} />
    </div>
  );
}

function Table({ device, chosen, to }: Shown) {
  const parts = new Map<string, [string, Point][]>();
  for (const entry of Object.entries(device.points)) {
    const part = parts.get(entry[1].part);
    if (part === undefined) parts.set(entry[1].part, [entry]);
    else part.push(entry);
  }
  return (
    <section class="points" aria-labelledby="points-title">
      <h2 id="points-title">{t("device.points")}</h2>
      {[...parts].sort(partsFirst).map(([part, points]) => (
        <table key={part}>
          <caption>{partName(device, part)}</caption>
          <thead>
            <tr>
              <th scope="col">{t("device.point")}</th>
              <th scope="col">{t("device.value")}</th>
              <th scope="col">{t("device.heard")}</th>
            </tr>
          </thead>
          <tbody>
            {points.map(([key, point]) => (
              <Row key={key} device={device} name={key} point={point} chosen={key === chosen} to={to} />
            ))}
          </tbody>
        </table>
      ))}
    </section>
  );
}

/** Doors and readers before the device as a whole, which is what fewer people come for. */
function partsFirst([a]: [string, unknown], [b]: [string, unknown]): number {
  return Number(a === "") - Number(b === "");
}

interface OneRow {
  device: Facts;
  name: string;
  point: Point;
  chosen: boolean;
  to: (point: string) => Route;
}

function Row({ device, name, point, chosen, to }: OneRow) {
  const doubted = doubt(point, device);
  return (
    <tr class={`${chosen ? "chosen" : ""}${doubted === null ? "" : " unsure"}`} data-point={name}>
      <th scope="row">
        <a href={href(to(name))} aria-current={chosen ? "true" : undefined}>
          {pointName(name, point)}
        </a>
        {pointName(name, point) !== name && <span class="point-key">{name}</span>}
      </th>
      <td class="value">
        {shown(point.value, point)}
        {doubted !== null && <span class="doubt">{doubted}</span>}
      </td>
      <td>
        <Currency heard={point.heard} current={doubted === null} />
      </td>
    </tr>
  );
}

/** How recent a value is. An answer that changes nothing is not sent on: a value without a doubt is the present one. */
function Currency({ heard, current }: { heard: string | null; current: boolean }) {
  if (current && fed.value) return <span class="present">{t("connection.live")}</span>;
  const lastWord = current && clock.heard.value !== null ? new Date(clock.heard.value).toISOString() : heard;
  return lastWord === null ? <>{t("link.never")}</> : <Moment at={lastWord} />;
}

function Chosen({ device, chosen }: { device: Facts; chosen: string | null }) {
  const point = chosen === null ? undefined : device.points[chosen];
  if (chosen === null || point === undefined) return <p class="empty plot-panel">{t("device.choose")}</p>;
  const name = [point.part === "" ? [] : partName(device, point.part), pointName(chosen, point)].flat().join(" ");
  if (point.kind === "text") return <p class="empty plot-panel">{t("plot.text")}</p>;
  return <Day key={chosen} device={device.id} point={chosen} name={name} />;
}
