// One detector in words.

import type { Detector, DetectorDetail, Where } from "../detector_shapes.ts";
import type { Device, Priority } from "../shapes.ts";
import { lookup, t } from "../texts.ts";
import { place } from "./door.ts";

/** What a detector shows, worst first. */
export const LOOKS = [
  "alarm", "lost", "fault", "late", "unknown", "battery_low", "under_test", "unmounted", "heard",
] as const; // prettier-ignore
export type Look = (typeof LOOKS)[number];

/** Looks that need somebody, with the priority that their colour has. */
const PRIORITIES: Partial<Record<Look, Priority>> = { alarm: 1, lost: 3, fault: 3, battery_low: 4 };
/** Looks in which nobody can say that all is well. */
const UNSURE: ReadonlySet<Look> = new Set(["late", "unknown"]);

/** The worst that is to be said of a detector. */
export function look(detector: Detector): Look {
  const shown: Partial<Record<Look, boolean>> = {
    alarm: detector.alarm,
    fault: detector.fault,
    battery_low: detector.battery_low === true,
    under_test: detector.under_test,
    [detector.state]: true,
  };
  return LOOKS.find((one) => shown[one] === true) ?? detector.state;
}

/** The classes of a row or cell with that look. */
export function tone(one: Look): string {
  const priority = PRIORITIES[one];
  if (priority !== undefined) return `look-${one} p${priority}`;
  return `look-${one}${UNSURE.has(one) ? " unsure" : ""}`;
}

/** Whether somebody ought to look at a detector. */
export function isOdd(detector: Detector): boolean {
  return look(detector) in PRIORITIES || UNSURE.has(look(detector));
}

/** Worst first, else in the order in which people walk. */
export function worstFirst(detectors: readonly Detector[]): Detector[] {
  const rank = (detector: Detector) => LOOKS.indexOf(look(detector));
  return [...detectors].sort((a, b) => rank(a) - rank(b));
}

/** The mark of a look. */
export function markOf(one: Look): Priority | null {
  return PRIORITIES[one] ?? null;
}

/** "失联 · 接收器听不到": what a detector shows, and what else is so. */
export function words(detector: Detector): string[] {
  const worst = look(detector);
  const also: (Look | false)[] = [
    detector.state !== "heard" && detector.state,
    detector.fault && "fault",
    detector.battery_low === true && "battery_low",
    detector.under_test && "under_test",
  ];
  const said = new Set([worst, ...also.filter((one): one is Look => one !== false)]);
  return [...[...said].map((one) => t(`detector.${one}`)), ...(detector.blind ? [t("detector.blind")] : [])];
}

/** "3号楼 2单元 501 烟感". */
export function whole(at: Where): string {
  return `${unit(at)} ${at.name}`.trim();
}

/** "3号楼 2单元". */
export function unit(at: Where): string {
  return place({ building_name: at.building_name || at.building, entrance: at.entrance, device: "" });
}

/** "2单元"; the word itself where it is one already. */
export function entrance(name: string): string {
  if (name === "") return t("floors.no_entrance");
  return /^\d+$/.test(name) ? t("place.unit", { unit: name }) : name;
}

/** "-72 dBm", or a dash. */
export function dbm(rssi: number | null): string {
  return rssi === null || rssi === 0 ? t("value.none") : `${rssi} dBm`;
}

/** What it said: "烟雾报警". */
export function said(what: string): string {
  return lookup(`said.${what}`, what);
}

/**
 * A detector as the table of points takes it, with the points that its product has. Only its key can be wrong: its silence is
 * judged, and marks its points.
 */
export function asDevice(detector: DetectorDetail): Pick<Device, "id" | "link" | "why" | "parts" | "points"> {
  const link = detector.link === "misconfigured" ? "misconfigured" : "up";
  const points = Object.fromEntries(Object.entries(detector.points).filter(([, point]) => point.why !== "not said"));
  return { id: detector.id, link, why: detector.why, parts: {}, points };
}
