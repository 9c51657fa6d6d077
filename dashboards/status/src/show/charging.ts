// Charging rooms, ports and sessions in words.

import type { Charger, Port, Room, Session, Stop } from "../charging_shapes.ts";
import { lookup, t } from "../texts.ts";
import { number } from "./value.ts";

/** "3号楼 3号车棚"; the building once where the room's name says it. */
export function whole({ building_name: building, name }: Pick<Room, "building_name" | "name">): string {
  return building === "" || name.includes(building) ? name : `${building} ${name}`;
}

/** "3号口", or the name that the installer gave. */
export function portName(part: string, name: string): string {
  const digits = /^(?:p|connector)0*(\d+)$/.exec(name === "" ? part : name)?.[1];
  return digits === undefined ? name || part : t("port.name", { n: digits });
}

/** "充电中": what a port does, as far as that is known. */
export function portState(port: Port): string {
  return lookup(`port.${port.state}`, port.state);
}

/** Why a port must not carry current, in words. */
export function holds(port: Port): string[] {
  return port.holds.map((hold) => lookup(`hold.${hold}`, hold));
}

/** Why a session ended: what the house ended, else what the charger said. */
export function ending({ why }: Session): string {
  return lookup(`ended.${why}`, why);
}

/** "1.25 kW", "85 W", or a dash. */
export function watts(value: number | null): string {
  if (value === null) return t("value.none");
  return Math.abs(value) >= 1000 ? `${number(value / 1000)} kW` : `${number(Math.round(value))} W`;
}

/** A number with its unit, or a dash. */
export function measured(value: number | null, unit: string): string {
  return value === null ? t("value.none") : `${number(value)} ${unit}`;
}

/** "2 小时 05 分". */
export function duration(seconds: number | null): string {
  if (seconds === null) return t("value.none");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return t("duration.minutes", { minutes });
  return t("duration.hours", { hours: Math.floor(minutes / 60), minutes: String(minutes % 60).padStart(2, "0") });
}

/** Rooms that need somebody first, else in the order of the configuration. `urgent`: stops that are not proved. */
export function worstFirst(rooms: readonly Room[], urgent: ReadonlySet<string>): Room[] {
  const rank = (room: Room) => {
    if (room.stop !== null && urgent.has(room.stop)) return 0;
    if (room.worst !== null) return room.worst;
    return room.stop !== null || room.fault + room.offline > 0 ? 5 : room.charging > 0 ? 6 : 7;
  };
  return [...rooms].sort((a, b) => rank(a) - rank(b));
}

/** Stops as they need somebody: what may still carry current, what is awaited, what is proved. */
export function mostUrgent(stops: readonly Stop[]): Stop[] {
  const rank = (stop: Stop) => ["not_stopped", "ordered", "proved"].indexOf(stop.phase);
  return [...stops].sort((a, b) => rank(a) - rank(b));
}

/** Whether a stop is about a room or something in it. */
export function concerns(stop: Stop, room: Room, chargers: readonly Charger[]): boolean {
  switch (stop.reach) {
    case "all":
      return true;
    case "building":
      return stop.what === room.building;
    case "room":
      return stop.what === room.id;
    default:
      return chargers.some(({ id }) => stop.what === id || stop.what.startsWith(`${id}/`));
  }
}
