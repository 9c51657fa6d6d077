// One door in words.

import type { Door, Work } from "../door_shapes.ts";
import type { Key } from "../texts.ts";
import { lookup, t } from "../texts.ts";
import { MODES } from "../store/doors.ts";
import { age } from "./time.ts";

/** What is wrong at a door, worst first. */
export function troubles(door: Door): { key: Key; priority: 1 | 2 | 3 }[] {
  const found: { key: Key; priority: 1 | 2 | 3 }[] = [];
  if (door.fire_released === true) found.push({ key: "door.fire_released", priority: 1 });
  if (door.forced === true) found.push({ key: "door.forced", priority: 2 });
  if (door.lockdown === true) found.push({ key: "door.lockdown", priority: 2 });
  if (door.held === true) found.push({ key: "door.held", priority: 3 });
  return found;
}

/** "关着 · 已锁 · 刷卡", as far as it is known. */
export function said(door: Door): string {
  const words: string[] = [];
  if (door.open !== null) words.push(t(door.open ? "door.open" : "door.closed"));
  if (door.unlocked !== null) words.push(t(door.unlocked ? "door.unlocked" : "door.locked"));
  if (door.mode !== null) words.push(lookup(`door.mode.${MODES.indexOf(door.mode)}`, door.mode));
  return words.join(" · ");
}

/** Why the door's state is not known now, or null when it is. */
export function doubt(door: Door): string | null {
  if (door.link === "lost" || door.link === "misconfigured") return t(`link.${door.link}`);
  if (door.heard === null) return t("link.never");
  if (!door.fresh) return t("link.stale", { age: age(Date.parse(door.heard)) });
  return door.open === null && door.unlocked === null ? t("door.unknown") : null;
}

/** "3号楼 1单元 单元大门". */
export function whole(door: Door): string {
  return `${place(door)} ${door.name}`;
}

/** "3号楼 1单元". */
export function place(at: { building_name: string; entrance: string; device: string; name?: string }): string {
  const entrance = /^\d+$/.test(at.entrance) ? t("place.unit", { unit: at.entrance }) : at.entrance;
  const words = [at.building_name, entrance].filter((word) => word !== "");
  return words.length > 0 ? words.join(" ") : at.device;
}

/** "3号楼 1单元门禁": the controller, with its unit said once. */
export function controller(at: { building_name: string; entrance: string; device: string; name: string }): string {
  if (at.name === "") return place(at);
  return at.name.includes(at.entrance) && at.entrance !== "" ? `${at.building_name} ${at.name}`.trim() : `${place(at)} ${at.name}`;
}

/** What a refusal means, else what the gateway said. */
export function refusal(problem: { code: string; status: number; message: string }): string {
  return lookup(`refusal.${problem.code}`, problem.status === 0 ? t("ask.no_answer") : problem.message);
}

/** What is switched: the door itself, or all doors of its controller. */
export function isWhole(work: Work): boolean {
  return work === "lockdown" || work === "fire_reset";
}
