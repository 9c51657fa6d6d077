// Points of a device in words: what they mean, their values, and why a value cannot be taken at its word.

import type { Device, Kind, Point, Value } from "../shapes.ts";
import { lookup, t } from "../texts.ts";
import { number, unit, withReason } from "./value.ts";

/** A number or state with its unit: "13.62 V", "开着". */
export function shown(value: Value, of: { kind: Kind; unit: string; meaning: string }): string {
  if (value === null) return t("value.none");
  if (of.kind === "boolean") return state(Boolean(value), of.meaning);
  if (of.meaning === "door_mode") return lookup(`door.mode.${value}`, String(value));
  if (typeof value === "number") return `${number(value)}${unit(of.unit)}`;
  return String(value);
}

/** The word for a boolean of that meaning: door_open is 开着 or 关着. */
export function state(value: boolean, meaning: string): string {
  return lookup(`state.${meaning}.${value}`, value ? t("value.true") : t("value.false"));
}

/** The name of a point: what it means, else its key. */
export function pointName(key: string, point: { meaning: string }): string {
  return lookup(`meaning.${point.meaning}`, key);
}

/** The name of a part of a device as the installer called it. */
export function partName(device: Pick<Device, "parts">, part: string): string {
  return part === "" ? t("device.part_whole") : (device.parts[part] ?? part);
}

/** Why a point's value cannot be taken at its word, or null when it can. */
export function doubt(point: Point, device: Pick<Device, "link" | "why">): string | null {
  if (device.link === "misconfigured") return withReason(t("link.misconfigured"), device.why);
  if (device.link === "lost") return withReason(t("link.lost"), device.why);
  if (point.heard === null) return t("link.never");
  if (device.link === "unknown") return t("link.unknown");
  if (point.quality === "good") return null;
  return withReason(t(`quality.${point.quality}`), point.why);
}
