// Who is on duty, in words.

import type { Duty, Person, Shift } from "../duty_shapes.ts";
import { WEEK } from "../duty_shapes.ts";
import { lookup, t } from "../texts.ts";
import { until } from "./permit.ts";

const DAY_KEYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

/** "周一" of "mon". */
export function dayName(day: (typeof WEEK)[number]): string {
  return lookup(`day.${DAY_KEYS[WEEK.indexOf(day)]}`, day);
}

/** Who answers now, or that nobody does. */
export function now({ shift, responsible, roster_of: of }: Duty): string {
  if (of === "") return t("duty.no_roster");
  if (responsible !== null) return responsible.name;
  return shift?.person?.name ?? t("duty.nobody");
}

/** What is not as it should be, worst first. */
export function troubles({ shift, awaited, late, roster_of: of }: Duty): string[] {
  if (of === "") return [t("duty.no_roster")];
  if (shift !== null && shift.person === null) return [t("duty.nobody")];
  if (late) return [t("duty.late")];
  return awaited ? [t("duty.awaited")] : [];
}

/** "周一 周二 … 08:00–20:00". */
export function hours({ days, from, to }: Shift): string {
  const named = days.length === WEEK.length ? t("roster.every_day") : days.map(dayName).join(" ");
  return `${named} ${from}–${to}`;
}

/** When somebody is absent, as far as it is not over. */
export function absences({ away }: Person): string[] {
  return away
    .filter((one) => Date.parse(one.until) > Date.now())
    .map((one) => t("people.away_until", { from: until(one.from), until: until(one.until) }));
}

/** The word for a role of a team. */
export function role(name: string): string {
  return lookup(`role.${name}`, name);
}
