// An emergency stop in words. It is proved when it was measured that no current flows, and never said to be before.

import type { Phase, Stop } from "../charging_shapes.ts";
import { t } from "../texts.ts";

/** "3号车棚 配电箱 A": where somebody has to pull a switch. */
export function switches(stop: Stop): string {
  const cabinets = [...new Set(stop.not_stopped.map(({ cabinet, place }) => cabinet || place))];
  return cabinets.length > 1 ? cabinets.join(t("stop.and")) : [stop.name, ...cabinets].join(" ");
}

/** "已下令断电,等待电流归零". */
export function standing(stop: Stop): string {
  return stop.phase === "not_stopped" ? t("stop.not_stopped", { where: switches(stop) }) : t(`stop.${stop.phase}`);
}

/** "11/12 个充电口已断电"; nothing for a stop of one port. */
export function progress(stop: Stop): string | null {
  const total = stop.ports.ordered + stop.ports.proved + stop.ports.not_stopped;
  return total === 1 ? null : t("stop.progress", { done: stop.ports.proved, total });
}

/** How far its contactors are, the worst of them for all; null where there is none. */
export function contactors(stop: Stop): string | null {
  const found = new Set<Phase>(stop.contactors.map(({ state }) => state));
  const worst = (["not_stopped", "ordered", "proved"] as const).find((phase) => found.has(phase));
  return worst === undefined ? null : t(`stop.contactor.${worst}`);
}
