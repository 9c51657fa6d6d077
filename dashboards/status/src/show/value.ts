// Values, names and reasons of points in words.

import type { Device, Kind, Point, Value } from "../shapes.ts";
import { because, language, lookup, t } from "../texts.ts";

const SIZES = ["B", "kB", "MB", "GB", "TB"];
const UNITS: Readonly<Record<string, string>> = { Cel: "°C", "1": "", "%": " %", "%[LEL]": " %LEL" };

/** A number or state with its unit: "13.62 V", "开着". */
export function shown(value: Value, of: { kind: Kind; unit: string; meaning: string }): string {
  if (value === null) return t("value.none");
  if (of.kind === "boolean") return state(Boolean(value), of.meaning);
  if (of.meaning === "door_mode") return lookup(`door.mode.${value}`, String(value));
  if (typeof value === "number") return `${number(value)}${unit(of.unit)}`;
  return String(value);
}

/** A number with at most three decimals, fewer where it is large. */
export function number(value: number): string {
  const decimals = Number.isInteger(value) ? 0 : Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 2 : 3;
  return value.toLocaleString(language.value, { maximumFractionDigits: decimals, useGrouping: false });
}

/** A count, with its thousands apart. */
export function amount(count: number): string {
  return count.toLocaleString(language.value, { maximumFractionDigits: 1 });
}

/** Bytes in the unit that suits them: "4.7 GB". */
export function size(bytes: number): string {
  const power = Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${amount(bytes / 1000 ** power)} ${SIZES[power]}`;
}

/** A unit as it stands behind a number. */
export function unit(symbol: string): string {
  return UNITS[symbol] ?? (symbol === "" ? "" : ` ${symbol}`);
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

/** A reason in the page's language where the catalogue has it. */
export function reason(why: string): string {
  return because(why);
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

/** "离线:没有回答", or the word alone where there is no reason. */
export function withReason(word: string, why: string): string {
  return why === "" ? word : t("quality.why", { quality: word, why: reason(why) });
}
