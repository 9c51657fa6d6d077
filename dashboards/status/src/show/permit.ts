// Permits, their weeks and their revocations in words.

import type { Permit, Schedule, Span, Task } from "../door_shapes.ts";
import { lookup, t } from "../texts.ts";
import { place } from "./door.ts";
import { clockFace } from "./time.ts";
import { reason } from "./value.ts";
import { local } from "./zone.ts";

export const DAYS = [
  "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "holiday",
] as const; // prettier-ignore

const MINUTES_OF_DAY = 1440;

/** "11月21日 18:00", of the year that is said where it is not this one. */
export function until(iso: string): string {
  const at = Date.parse(iso);
  const { year, month, day } = local(at);
  const key = year === local(Date.now()).year ? "permit.day" : "permit.day_of_year";
  return `${t(key, { year, month, day })} ${clockFace(at, false)}`;
}

/** From when and until when a permit counts. */
export function validity(permit: Permit): string {
  const { valid_from: from, valid_until: end } = permit;
  if (from !== null && Date.parse(from) > Date.now()) {
    return end === null ? t("permit.from", { from: until(from) }) : t("permit.span", { from: until(from), until: until(end) });
  }
  return end === null ? t("permit.for_good") : t("permit.until", { until: until(end) });
}

/** "已失效 3/4,3号楼 3单元离线,该卡仍可开门". */
export function progress(task: Task): string {
  if (task.closed !== null) return t("task.closed", { total: task.total });
  const open = task.controllers
    .filter((controller) => !controller.done)
    .map((controller) => t(controller.link === "up" ? "task.writing" : "task.offline", { place: place(controller) }));
  return [t("task.progress", { done: task.done, total: task.total }), ...open].join("");
}

/** What the gateway found in a file, "row 7: ..." in the page's language as far as the catalogue has it. */
export function finding(said: string): string {
  const row = /^row (\d+): (.*)$/s.exec(said);
  return row === null ? reason(said) : t("import.row", { n: row[1] ?? "", why: reason(row[2] ?? "") });
}

/** "周一 08:00-12:00 14:00-18:00" for each day of a week that has hours. */
export function week(schedule: Schedule): string[] {
  return DAYS.flatMap((day) => {
    const spans = schedule.days[day] ?? [];
    return spans.length === 0 ? [] : [`${lookup(`day.${day}`, day)} ${spans.map(hours).join(" ")}`];
  });
}

function hours([from, end]: Span): string {
  return `${face(from)}–${face(end)}`;
}

/** Minutes of the day as a clock shows them; the end of the day is 24:00. */
export function face(minutes: number): string {
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** Minutes of the day from a time field; an end at 00:00 is the end of the day. */
export function minutesOf(said: string, isEnd: boolean): number {
  const [hour, minute] = said.split(":").map(Number);
  const minutes = (hour ?? 0) * 60 + (minute ?? 0);
  return isEnd && minutes === 0 ? MINUTES_OF_DAY : minutes;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
