// Series in words, and which of them share a picture.

import type { Series, Stands } from "../history_shapes.ts";
import { lookup, t } from "../texts.ts";
import { controller, place } from "./door.ts";
import { pointName, shown } from "./point.ts";

/** As many as the gateway reads at once. */
export const MOST = 12;

/** Where a device stands: "3号楼 1单元门禁", "3号楼 1单元 1202 烟感"; its id where nobody said. */
export function stands(at: Stands, id: string): string {
  if (at.detector) return `${place({ ...at, device: id })} ${at.name}`.trim();
  return controller({ ...at, device: id }).trim() || id;
}

/** Where a series stands and what it is: "3号楼 1单元门禁 供电电压". */
export function called(series: Series): string {
  const { device, key, meaning, part } = series;
  const point = pointName(key, { meaning });
  return `${stands(series, device)} ${point}${part === "" || point === key ? "" : ` ${part}`}`;
}

/** A picture for each unit, with the numbers under which its series are listed; truth values share one. */
export interface Group {
  id: string;
  title: string;
  truth: boolean;
  series: readonly (readonly [number: number, series: Series])[];
}

export function groups(series: readonly Series[]): Group[] {
  const found = new Map<string, Group & { series: (readonly [number, Series])[] }>();
  series.forEach((one, place) => {
    const truth = one.kind === "boolean";
    const id = truth ? "boolean" : one.unit;
    const group = found.get(id) ?? { id, truth, title: titleOf(truth, one.unit), series: [] };
    group.series.push([place + 1, one]);
    found.set(id, group);
  });
  return [...found.values()];
}

function titleOf(truth: boolean, unit: string): string {
  if (truth) return t("histories.states");
  return unit === "" ? t("histories.numbers") : lookup(`histories.unit.${unit}`, unit);
}

/** What a series was in one bucket: its mean with the span, a state, or why there is nothing. */
export function readout(series: Series, index: number): string {
  const [mean, last] = [series.mean[index] ?? null, series.last[index] ?? null];
  if (mean === null && last === null) return t("quality.gap");
  const doubtful = series.quality[index] === "uncertain" ? ` · ${t("quality.uncertain")}` : "";
  if (series.kind === "boolean") return shown(last, series) + doubtful;
  const [low, high] = [series.min[index] ?? null, series.max[index] ?? null];
  const span = low === high ? "" : ` (${shown(low, series)} – ${shown(high, series)})`;
  return shown(mean, series) + span + doubtful;
}
