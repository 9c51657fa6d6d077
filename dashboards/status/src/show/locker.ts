// Parcel lockers and their compartments in words.

import type { Compartment, Locker, LockerPlace, State } from "../locker_shapes.ts";
import type { Priority } from "../shapes.ts";
import { t } from "../texts.ts";
import { place } from "./door.ts";
import { minute } from "./time.ts";

/** What a compartment shows, worst first. */
export const LOOKS: readonly State[] = [
  "forced", "jammed", "fault", "overdue", "open_delivery", "open_pickup", "unknown", "reserved", "occupied",
  "out_of_service", "empty",
]; // prettier-ignore

/** States that need somebody, with the priority that their colour has. */
const PRIORITIES: Partial<Record<State, Priority>> = { forced: 2, jammed: 3, fault: 3, overdue: 4 };

/** "3号楼 快递柜". */
export function whole(at: Pick<LockerPlace, "building_name" | "entrance" | "name" | "id">): string {
  const where = place({ building_name: at.building_name, entrance: at.entrance, device: "" });
  const name = at.name || at.id;
  return where === "" || name.includes(where) ? name : `${where} ${name}`;
}

/** "07格": a compartment as it is numbered on its door. */
export function compartmentName(part: string): string {
  return t("compartment.name", { n: label(part) });
}

/** "07": what stands in its cell. */
export function label(part: string): string {
  return part.replace(/^\D+/, "") || part;
}

/** The classes of a cell. */
export function tone({ state, sure }: Pick<Compartment, "state" | "sure">): string {
  const priority = PRIORITIES[state];
  const unsure = !sure || state === "unknown";
  return `look-${state}${priority === undefined ? "" : ` p${priority}`}${unsure ? " unsure" : ""}`;
}

/** The mark of a state. */
export function markOf(state: State): Priority | null {
  return PRIORITIES[state] ?? null;
}

/** "已超时 26 小时 · 门开着": what a compartment shows, and what else is known. */
export function words(one: Compartment): string[] {
  const said = [t(`compartment.${one.state}`)];
  if (one.overdue_hours !== null) said.push(t("compartment.hours", { n: Math.floor(one.overdue_hours) }));
  if (one.reserved_until !== null) said.push(t("compartment.until", { time: minute(Date.parse(one.reserved_until)) }));
  if (one.open === true && !one.state.startsWith("open_")) said.push(t("compartment.door_open"));
  if (one.occupied === true && (one.state === "forced" || one.state === "jammed")) said.push(t("compartment.something"));
  if (!one.sure) said.push(t("compartment.unsure"));
  return said;
}

/** What is odd about a locker, worst first. */
export function troubles(locker: LockerPlace): string[] {
  const odd = (["forced", "out", "overdue", "open", "unknown"] as const).filter((name) => locker[name] > 0);
  return odd.map((name) => t(`locker.${name}`, { n: locker[name] }));
}

/** Lockers that need somebody first, else in the order of the configuration. */
export function worstFirst(lockers: readonly Locker[]): Locker[] {
  const rank = (one: Locker) => {
    if (one.forced > 0) return 0;
    if (one.worst !== null) return one.worst;
    return one.link !== "up" || !one.fresh ? 5 : one.overdue > 0 ? 6 : 7;
  };
  return [...lockers].sort((a, b) => rank(a) - rank(b));
}
