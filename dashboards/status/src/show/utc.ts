// Times that the gateway gives as UTC seconds.

import { t } from "../texts.ts";
import { clockFace } from "./time.ts";
import { instant, local } from "./zone.ts";

const DAY_MS = 86_400_000;

/** The same moment as the rest of the page writes it. */
export function iso(utc: number): string {
  return new Date(utc * 1000).toISOString();
}

/** "2027年2月20日": the day, with its year, here. */
export function day(utc: number): string {
  const { year, month, day } = local(utc * 1000);
  return t("permit.day_of_year", { year, month, day });
}

/** "2027年2月20日 08:00:09". */
export function dayAndTime(utc: number): string {
  return `${day(utc)} ${clockFace(utc * 1000, true)}`;
}

/** UTC seconds of a local day such as "2026-11-22": its first moment, or the first of the day after. */
export function startOfDay(said: string, daysLater = 0): number {
  const day = new Date(Date.parse(said) + daysLater * DAY_MS).toISOString().slice(0, 10);
  return instant(day) / 1000;
}
