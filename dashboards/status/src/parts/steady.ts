// The order of rows on a screen that someone touches: nothing moves under the finger.

import type { Alarm } from "../shapes.ts";
import { alone, inGroups, type Item } from "../show/flood.ts";

/**
 * The rows to show. While `held`, rows keep their places, those that are over stay where they were, and those that are in
 * none of `known` come last, each by itself; else the `wanted` order stands, in groups where they are many.
 */
export function arrange(
  shown: readonly Item[],
  known: ReadonlySet<number>,
  wanted: readonly Alarm[],
  held: boolean,
): Item[] {
  if (!held) return inGroups(wanted);
  const now = new Map(wanted.map((alarm) => [alarm.number, alarm]));
  const kept = shown.map((item) => ({ ...item, alarms: item.alarms.map((alarm) => now.get(alarm.number) ?? alarm) }));
  return [...kept, ...wanted.filter((alarm) => !known.has(alarm.number)).map(alone)];
}

/** Whether a row that stays would move, so that a tap already on its way would land on another one. */
export function moves(before: readonly Item[], after: readonly Item[]): boolean {
  return before.some((item, index) => {
    const place = after.findIndex((other) => other.key === item.key);
    return place >= 0 && place !== index;
  });
}
