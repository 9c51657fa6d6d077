// Times and ages in words, by the gateway's clock and in the compound's time zone, 24 hours.

import * as clock from "../store/clock.ts";
import { t } from "../texts.ts";
import { local } from "./zone.ts";

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
  const { hour, minute, second } = local(at);
  return [hour, minute, ...(seconds ? [second] : [])].map((part) => String(part).padStart(2, "0")).join(":");
}

/** What stands under a picture at `at`: the hour, or at midnight the day. */
export function tickFace(at: number, long = false): string {
  const { month, day, hour, minute } = local(at);
  if (hour > 0 || minute > 0) return long ? "" : clockFace(at, false);
  return t("time.other_day", { month, day, clock: "" }).trim();
}

function dated(at: number, face: string): string {
  const [{ year, month, day }, today] = [local(at), local(clock.now.value)];
  if (day === today.day && month === today.month && year === today.year) return face;
  return t("time.other_day", { month, day, clock: face });
}
