// Time limits in words, by the gateway's clock.

import type { Incident, Limit } from "../incident_shapes.ts";
import * as clock from "../store/clock.ts";
import { lookup, t } from "../texts.ts";

const HOUR = 60;
const DAY = 24 * HOUR;
const NEAR = 0.8;

/** So many minutes: "30 分钟", "4 小时", "3 天". */
export function span(minutes: number): string {
  if (minutes < HOUR) return t("span.minutes", { n: Math.round(minutes) });
  const [unit, key] = minutes < 2 * DAY ? ([HOUR, "span.hours"] as const) : ([DAY, "span.days"] as const);
  return t(key, { n: Math.round((minutes / unit) * 10) / 10 });
}

/** "04:12" of what is shorter than an hour, else in words. */
export function countdown(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes >= HOUR) return span(minutes);
  return `${two(minutes)}:${two(seconds % 60)}`;
}

export interface Left {
  words: string;
  /** Yellow when 80 % of the time is over, red when all of it is. */
  look: "" | "near" | "over";
}

/** How much is left of a time limit by the gateway's clock, or by how much it is over. */
export function left({ began, due, percent }: Limit): Left {
  const [start, end, now] = [Date.parse(began), Date.parse(due), clock.now.value];
  if (now >= end) return { words: t("limit.over", { span: countdown(now - end) }), look: "over" };
  const near = percent >= 80 || (now - start) / Math.max(end - start, 1) >= NEAR;
  return { words: t("limit.left", { span: countdown(end - now) }), look: near ? "near" : "" };
}

/** The limit that ends first. */
export function pressing(incident: Incident): Limit | null {
  return incident.limits.reduce<Limit | null>((first, one) => (first === null || one.due < first.due ? one : first), null);
}

/** "到场时限"; the stage's own name where the catalogue has none. */
export function stage({ stage: name }: Limit): string {
  return t("limit.stage", { stage: lookup(`stage.${name}`, name) });
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
