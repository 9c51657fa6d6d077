// Doors as people see them, gathered from the points of controllers.

import type { Device, Point } from "../shapes.ts";
import { doubt, partName, shown } from "./point.ts";
import { type Key, t, texts } from "../texts.ts";

/** What is wrong at a door, worst first, with the priority that its colour has. */
const TROUBLES = [
  ["door_fire_released", "door.fire_released", 1],
  ["door_forced", "door.forced", 2],
  ["break_glass", "door.break_glass", 2],
  ["reader_tamper", "door.reader_tamper", 2],
  ["door_held", "door.held", 3],
  ["lock_fault", "door.lock_fault", 3],
  ["supervision_fault", "door.supervision_fault", 3],
] as const satisfies readonly (readonly [string, Key, number])[];

const QUIET = 9;
const UNKNOWN = 3.5;

export interface Door {
  id: string;
  name: string;
  device: Device;
  /** The key of its door_open point, for the link to the plot. */
  point: string;
  open: boolean | null;
  locked: boolean | null;
  mode: string | null;
  troubles: readonly { key: Key; priority: 1 | 2 | 3 }[];
  /** Why the door's state is not known, or null when it is. */
  doubt: string | null;
  heard: string | null;
  /** Its place in the order, the worst lowest. */
  rank: number;
}

/** The doors of a device, made once: a building has hundreds of doors, and one of them moves. */
let made = new WeakMap<Device, readonly Door[]>();
let madeOf: unknown;

/** The doors of the devices, worst first, else in their own order. A door that is as it was is the same object. */
export function doorsOf(devices: Iterable<Device>): Door[] {
  if (madeOf !== texts.value) [made, madeOf] = [new WeakMap(), texts.value];
  const doors: Door[] = [];
  for (const device of devices) {
    let its = made.get(device);
    if (its === undefined) made.set(device, (its = doorsAt(device)));
    doors.push(...its);
  }
  return doors.sort((a, b) => a.rank - b.rank || a.device.id.localeCompare(b.device.id) || a.id.localeCompare(b.id));
}

function doorsAt(device: Device): readonly Door[] {
  return Object.entries(device.points)
    .filter(([, point]) => point.meaning === "door_open")
    .map(([key, point]) => door(device, key, point));
}

function door(device: Device, key: string, open: Point): Door {
  const part = Object.values(device.points).filter((point) => point.part === open.part);
  const find = (meaning: string) => part.find((point) => point.meaning === meaning);
  const [unlocked, mode] = [find("door_unlocked"), find("door_mode")];
  const troubles = TROUBLES.filter(([meaning]) => find(meaning)?.value === true).map(([, text, priority]) => ({
    key: text,
    priority,
  }));
  const why = doubt(open, device);
  return {
    id: `${device.id}/${open.part}`,
    name: partName(device, open.part),
    device,
    point: key,
    open: typeof open.value === "boolean" ? open.value : null,
    locked: typeof unlocked?.value === "boolean" ? !unlocked.value : null,
    mode: mode === undefined || mode.value === null ? null : shown(mode.value, mode),
    troubles,
    doubt: why,
    heard: open.heard,
    rank: Math.min(troubles[0]?.priority ?? QUIET, why === null ? QUIET : UNKNOWN, open.value === true ? 5 : QUIET),
  };
}

/** "关着 · 已锁 · 刷卡": what a door's own points say. */
export function said(door: Door): string {
  const words: string[] = [];
  if (door.open !== null) words.push(t(door.open ? "door.open" : "door.closed"));
  if (door.locked !== null) words.push(t(door.locked ? "door.locked" : "door.unlocked"));
  return words.join(" · ");
}
