// Answering in words: what was found on site, how an incident stands, and what became of a message.

import type { Fate } from "../answering_shapes.ts";
import type { IncidentDetail, Incident } from "../incident_shapes.ts";
import type { Alarm, Priority } from "../shapes.ts";
import { because, lookup, t } from "../texts.ts";

const GAS = new Set(["gas", "gas_high", "gas_rising"]);
const CO = new Set(["co", "co_dose"]);

/** "核实为真火警", or the same of gas and CO. */
export function foundReal({ rule }: Alarm): string {
  return t(GAS.has(rule) ? "verify.real.gas" : CO.has(rule) ? "verify.real.co" : "verify.real.fire");
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
