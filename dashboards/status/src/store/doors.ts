// The doors of the compound, asked for while someone looks. A door that did not change is not drawn again.

import { batch, type Signal, signal } from "@preact/signals";
import { get, Problem } from "../ask.ts";
import type { Door } from "../door_shapes.ts";
import type { Device } from "../shapes.ts";

/** Ids in the order of the configuration; null before the first answer. */
export const ids = signal<readonly string[] | null>(null);
/** Why there is no newer word. */
export const trouble = signal<Problem | null>(null);

const known = new Map<string, { said: string; door: Signal<Door> }>();

/** A door by its id. */
export function one(id: string): Signal<Door> | undefined {
  return known.get(id)?.door;
}

/** All doors, as far as they were heard of. */
export function all(): Door[] {
  return (ids.value ?? []).flatMap((id) => one(id)?.value ?? []);
}

/** Asks now and every `everyMs` while the tab is seen, until the returned function is called. */
export function watch(everyMs: number): () => void {
  const look = () => {
    if (!document.hidden) void ask();
  };
  look();
  const timer = setInterval(look, everyMs);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

/** Asks once. */
export async function ask(): Promise<void> {
  try {
    const { doors } = await get<{ doors: Door[] }>("doors");
    batch(() => take(doors));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    trouble.value = error;
  }
}

function take(doors: readonly Door[]): void {
  trouble.value = null;
  for (const door of doors) {
    const said = JSON.stringify(door);
    const before = known.get(door.id);
    if (before === undefined) known.set(door.id, { said, door: signal(door) });
    else if (before.said !== said) {
      before.said = said;
      before.door.value = door;
    }
  }
  const named = doors.map((door) => door.id);
  if (`${named}` !== `${ids.value}`) ids.value = named;
}

const LIVE = {
  door_open: "open",
  door_unlocked: "unlocked",
  door_forced: "forced",
  door_held: "held",
  door_fire_released: "fire_released",
} as const;
/** In the order of the register map. */
export const MODES = ["card", "free", "locked", "card_and_pin"] as const;

/** The door as its device's stream has it now, which is ahead of the list. */
export function live(door: Door, device: Device | undefined): Door {
  if (device === undefined) return door;
  const now: Door = { ...door, link: device.link, fresh: device.fresh, heard: device.heard ?? door.heard };
  for (const { meaning, part, value, quality } of Object.values(device.points)) {
    const sure = quality === "bad" ? null : value;
    if (meaning === "lockdown") now.lockdown = asBoolean(sure);
    if (part !== door.part) continue;
    if (meaning in LIVE) now[LIVE[meaning as keyof typeof LIVE]] = asBoolean(sure);
    if (meaning === "door_mode") now.mode = MODES[typeof sure === "number" ? sure : -1] ?? null;
  }
  return now;
}

function asBoolean(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}
