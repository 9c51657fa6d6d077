// Times and ages in words, by the gateway's clock and in this device's time zone, 24 hours.

import * as clock from "../store/clock.ts";
import { t } from "../texts.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago, in its largest unit. */
export function age(at: number): string {
  const past = clock.now.value - at;
  if (past < 2 * SECOND) return t("age.now");
  if (past < MINUTE) return t("age.seconds", { n: Math.floor(past / SECOND) });
  if (past < HOUR) return t("age.minutes", { n: Math.floor(past / MINUTE) });
  if (past < DAY) return t("age.hours", { n: Math.floor(past / HOUR) });
  return t("age.days", { n: Math.floor(past / DAY) });
}

/** 18:05:09, with the day where it is not today's. */
export function moment(at: number): string {
  return dated(at, clockFace(at, true));
}

/** 18:05, with the day where it is not today's. */
export function minute(at: number): string {
  return dated(at, clockFace(at, false));
}

/** 18:05 or 18:05:09 alone. */
export function clockFace(at: number, seconds: boolean): string {
  const time = new Date(at);
  const parts = [time.getHours(), time.getMinutes(), ...(seconds ? [time.getSeconds()] : [])];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

function dated(at: number, face: string): string {
  const day = new Date(at);
  const today = new Date(clock.now.value);
  if (day.toDateString() === today.toDateString()) return face;
  return t("time.other_day", { month: day.getMonth() + 1, day: day.getDate(), clock: face });
}
