// Cause and effect in words.

import type { Effect, WouldHave } from "../safety_shapes.ts";
import { lookup, t } from "../texts.ts";

/** The alarms that are the cause of a row: "烟雾报警、感温报警". */
export function causes({ when }: Effect): string {
  return when.map((rule) => lookup(`alarm.${rule}`, rule)).join(t("effect.and"));
}

/** What a row does. */
export function effects(row: Effect): string[] {
  return [
    ...(row.release ? [t("effect.release")] : []),
    ...(row.stop_charging === "none" ? [] : [t(`effect.stop.${row.stop_charging}`)]),
    ...(row.freeze_lockers ? [t("effect.freeze")] : []),
    ...row.switch.map(({ device, command }) => t("effect.switch", { device, command })),
  ];
}

/** What would have followed. */
export function followed(one: WouldHave): string[] {
  const said = [
    ...(one.release.length > 0 ? [t("trial.release", { doors: one.release.join(" ") })] : []),
    ...(one.stop_charging.length > 0 ? [t("trial.stop", { places: one.stop_charging.join(" ") })] : []),
    ...(one.freeze_lockers ? [t("effect.freeze")] : []),
    ...one.switch.map((command) => t("trial.switch", { command })),
  ];
  return said.length > 0 ? said : [t("trial.people_only")];
}
