// Answering in words: what was found on site, spans of time, time limits, and what became of a message.

import type { Fate } from "../answering_shapes.ts";
import type { IncidentDetail, Incident, Limit } from "../incident_shapes.ts";
import type { Alarm, Priority } from "../shapes.ts";
import * as clock from "../store/clock.ts";
import { because, lookup, t } from "../texts.ts";

const HOUR = 60;
const DAY = 24 * HOUR;
const NEAR = 0.8;

const GAS = new Set(["gas", "gas_high", "gas_rising"]);
const CO = new Set(["co", "co_dose"]);

/** "核实为真火警", or the same of gas and CO. */
export function foundReal({ rule }: Alarm): string {
  return t(GAS.has(rule) ? "verify.real.gas" : CO.has(rule) ? "verify.real.co" : "verify.real.fire");
}

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

/** Worst first, then the latest. */
export function worstFirst(incidents: readonly Incident[]): Incident[] {
  return [...incidents].sort((a, b) => a.priority - b.priority || b.opened.localeCompare(a.opened));
}

/** Where an incident is, in address order. */
export function place({ place: at, where }: Incident): string {
  const name = where || at.name;
  // "2单元 501 厨房" says its unit already, "201 厨房" does not.
  const said = at.unit === "" || name.split(/(\d+)/).includes(at.unit) || (/\D/.test(at.unit) && name.includes(at.unit));
  const unit = said ? "" : /^\d+$/.test(at.unit) ? t("place.unit", { unit: at.unit }) : at.unit;
  return [at.building_name, unit, name].filter((word) => word !== "").join(" ");
}

/** "已分派 · 张三" and "前往中". */
export function standing(incident: Incident): string {
  const words: string[] = [t(incident.going && incident.state === "assigned" ? "incident.going" : `incident.state.${incident.state}`)];
  if (incident.person_name !== "") words.push(incident.person_name);
  return words.join(" · ");
}

/** What happened to an incident or one of its alarms. */
export function step({ what, note, details, alarm, by }: IncidentDetail["timeline"][number]): { what: string; words: string[] } {
  if (what.startsWith("alarm_")) {
    const rule = `${details.rule ?? ""}`;
    const change = lookup(`change.${what.slice("alarm_".length)}`, what);
    return { what: `${lookup(`alarm.${rule}`, rule)} ${change}`, words: [by, note] };
  }
  const opened = alarm === null ? "" : t("incident.of_alarm", { n: alarm });
  return { what: lookup(`incident.step.${what}`, what), words: [opened, by, note] };
}

/** What became of a message, and why it did not arrive. */
export function fate({ fate: became, why }: { fate: Fate; why: string }): string {
  const word = t(`fate.${became}`);
  return why === "" ? word : t("quality.why", { quality: word, why: because(why) });
}

/** The word of a priority. */
export function priorityWord(priority: Priority): string {
  return t(`priority.${priority}`);
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
