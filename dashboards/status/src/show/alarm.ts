// Alarms in words.

import type { Route } from "../route.ts";
import type { Alarm } from "../shapes.ts";
import { minute } from "./time.ts";
import { reason } from "./value.ts";
import { lookup, t } from "../texts.ts";

/** Rules of fire, gas and CO, with whom to call: a reading that recovered proves nothing about the place. */
const DANGERS: ReadonlyMap<string, "119" | "120" | null> = new Map([
  ["fire_input", "119"],
  ["smoke", "119"],
  ["heat", "119"],
  ["hot", "119"],
  ["temperature_rise", "119"],
  ["charging_smoke", "119"],
  ["fire_confirmed", "119"],
  ["systemic_alarm", "119"],
  ["co", "120"],
  ["co_dose", "120"],
  // Nobody calls from a house full of gas, so no button asks for it.
  ["gas", null],
  ["gas_high", null],
  ["gas_rising", null],
  ["unverified_alarm", null],
]);

/** With the dangers and all of P1, what nobody may be spared; the gateway decides again. */
const NEVER_SPARED = new Set(["fire_doors_shut", "charging_not_stopped", "journal_failed", "duress"]);

/** For how many minutes people may be spared an alarm of a priority; the gateway decides again. */
const LONGEST_MINUTES: Readonly<Record<number, number>> = { 2: 60, 3: 8 * 60, 4: 24 * 60 };

/** Rules of a detector that are about its sensor: with the dangers, those that lead to the detector's own page. */
const OF_SENSORS = new Set([
  "detector_tamper", "detector_fault", "detector_lost", "battery_level", "battery_overdue", "end_of_life", "signal_weak",
  "radio_attack",
]); // prettier-ignore

/** Rules that lead to the charging rooms, where charging is stopped; the worst room stands first there. */
const OF_CHARGING = new Set([
  "charging_smoke", "charging_trip", "socket_hot", "residual_high", "welded_relay", "charging_stopped",
  "charging_not_stopped", "charger_fault",
]); // prettier-ignore

/** Rules of a compartment of a parcel locker. */
const OF_LOCKERS = new Set([
  "compartment_forced", "compartment_ajar", "compartment_jammed", "compartment_fault", "parcel_overdue", "codes_tried",
]); // prettier-ignore

/** What an alarm is about, for those who look for one: life and fire, charging, lockers, detectors, doors, the house itself. */
export const SUBJECTS = ["danger", "door", "detector", "charging", "locker", "house"] as const;
export type Subject = (typeof SUBJECTS)[number];

/** What an alarm is about. Whatever stands in a building and is nothing else is about its doors and their controllers. */
export function subject({ rule, place }: Alarm): Subject {
  if (OF_CHARGING.has(rule)) return "charging";
  if (DANGERS.has(rule)) return "danger";
  if (OF_LOCKERS.has(rule)) return "locker";
  if (OF_SENSORS.has(rule)) return "detector";
  return place.building === "" ? "house" : "door";
}

/** What happened. */
export function what(alarm: Alarm): string {
  return lookup(`alarm.${alarm.rule}`, alarm.rule);
}

/** Where, in address order: building, unit, name; the source where nothing better is known. */
export function where(alarm: Alarm): string {
  const { building_name, unit, name } = alarm.place;
  // A name such as "1单元门禁" says its unit already, "101 烟感" does not; a bare number ("1") is not yet a word.
  const entrance = unit === "" || says(name, unit) ? "" : /^\d+$/.test(unit) ? t("place.unit", { unit }) : unit;
  const words = [building_name, entrance, name].filter((word) => word !== "");
  return words.length > 0 ? words.join(" ") : lookup(`part.${alarm.source}`, alarm.source);
}

function says(name: string, unit: string): boolean {
  return name.split(/(\d+)/).includes(unit) || (/\D/.test(unit) && name.includes(unit));
}

/** How it stands, in words. */
export function standing(alarm: Alarm): string[] {
  const gone = DANGERS.has(alarm.rule) && !alarm.test ? t("alarm.state.reading_recovered") : t("alarm.state.recovered");
  const answered =
    alarm.acked_by === "" ? t("alarm.state.answered") : t("alarm.state.answered_by", { name: alarm.acked_by });
  switch (alarm.state) {
    case "A":
      return [t("alarm.state.closed")];
    case "B":
      return [t("alarm.state.unanswered")];
    case "C":
      return [answered];
    case "D":
    case "E":
      return [gone, t("alarm.state.unanswered")];
    case "F":
      return [gone, t("alarm.state.latched"), answered];
    case "G":
      return [t("alarm.state.shelved"), ...spareEnd(alarm)];
    case "H":
      return [t("alarm.state.by_design")];
    case "I":
      return [t("alarm.state.out_of_service"), ...spareEnd(alarm)];
  }
}

function spareEnd({ spared_until: end }: Alarm): string[] {
  return end === null ? [] : [t("alarm.spared_until", { time: minute(Date.parse(end)) })];
}

/** In what it is not in earnest: 试运行, 测试. */
export function labels(alarm: Alarm): string[] {
  return [...(alarm.trial ? [t("alarm.trial")] : []), ...(alarm.test ? [t("alarm.test")] : [])];
}

/** Whether somebody on site is to say what it is: fire, gas and CO. */
export function isDanger(alarm: Alarm): boolean {
  return DANGERS.has(alarm.rule);
}

/** For how many minutes people may be spared it; null where they may not. */
export function sparable(alarm: Alarm): number | null {
  if (isDanger(alarm) || NEVER_SPARED.has(alarm.rule)) return null;
  return LONGEST_MINUTES[alarm.priority] ?? null;
}

/** What else must be known: found on site, repeated, standing long, not on disk, no longer configured, and why. */
export function marks(alarm: Alarm): string[] {
  const words: string[] = [];
  if (alarm.verdict !== "") words.push(t(`alarm.verdict.${alarm.verdict}`, { name: alarm.verdict_by }));
  if (alarm.chattering) words.push(t("alarm.chattering", { n: alarm.raises }));
  if (alarm.stale) words.push(t("alarm.standing_long"));
  if (alarm.occurrences > 1 && !alarm.chattering) words.push(t("alarm.occurrences", { n: alarm.occurrences }));
  if (!alarm.recorded) words.push(t("alarm.not_recorded"));
  if (alarm.orphaned) words.push(t("alarm.orphaned"));
  if (alarm.why !== "") words.push(reason(alarm.why));
  return words;
}

/** What to do, where the catalogue knows. */
export function advice(alarm: Alarm): string | null {
  const text = lookup(`advice.${alarm.rule}`, "");
  return text === "" ? null : text;
}

/** The number to call while the danger stands; null where there is none, or where it is a test. */
export function number(alarm: Alarm): string | null {
  return alarm.active && !alarm.test && !alarm.trial ? (DANGERS.get(alarm.rule) ?? null) : null;
}

/** The page of what the alarm is about: its detector, its charging room, its locker, else its building; null where there is none. */
export function about(alarm: Alarm): Route | null {
  const { rule, device, place, source } = alarm;
  if (OF_CHARGING.has(rule)) return device === "" ? { page: "room", id: source } : { page: "charging" };
  if (OF_LOCKERS.has(rule)) return { page: "locker", id: device, part: source.split(/[/.]/)[1] ?? null };
  const sensed = OF_SENSORS.has(rule) || (DANGERS.has(rule) && rule !== "fire_input");
  if (sensed && device !== "") return { page: "detector", id: device, point: null };
  return place.building === "" ? null : { page: "building", id: place.building };
}
