// Many alarms at once, by what they have in common: a person reads ten rows, not forty.

import type { Alarm } from "../shapes.ts";

/** About as many alarms as a person can follow (ISA-18.2: more than ten in ten minutes are a flood). */
const FLOOD = 10;
/** Fewer in common are no shorter to read as a group. */
const GROUP = 3;

/** One row of a list: an alarm, or several with the same cause (`rule`) or in the same building. */
export interface Item {
  key: string;
  by: "rule" | "building" | null;
  alarms: readonly Alarm[];
}

/** One alarm as a row of its own. */
export function alone(alarm: Alarm): Item {
  return { key: `${alarm.number}`, by: null, alarms: [alarm] };
}

/**
 * The alarms in the order given; in a flood those that have something in common stand together where the first of them was.
 * A P1 is never put into a group.
 */
export function inGroups(alarms: readonly Alarm[]): Item[] {
  if (alarms.length <= FLOOD) return alarms.map(alone);
  const free = new Map(alarms.filter((alarm) => alarm.priority > 1).map((alarm) => [alarm.number, alarm]));
  const grouped = new Map<number, Item>();
  for (let found = largest(free.values()); found !== null; found = largest(free.values())) {
    for (const alarm of found.alarms) {
      free.delete(alarm.number);
      grouped.set(alarm.number, found);
    }
  }
  const said = new Set<Item>();
  return alarms.flatMap((alarm) => {
    const group = grouped.get(alarm.number);
    if (group === undefined) return [alone(alarm)];
    if (said.has(group)) return [];
    said.add(group);
    return [group];
  });
}

/** The most alarms that have a cause, else a building, in common. */
function largest(alarms: Iterable<Alarm>): Item | null {
  const found = new Map<string, Alarm[]>();
  for (const alarm of alarms) {
    const keys = [`rule:${alarm.rule}`, ...(alarm.place.building === "" ? [] : [`building:${alarm.place.building}`])];
    for (const key of keys) found.set(key, [...(found.get(key) ?? []), alarm]);
  }
  let most: Item | null = null;
  for (const [key, members] of found) {
    if (members.length < Math.max(GROUP, (most?.alarms.length ?? 0) + 1)) continue;
    most = { key, by: key.startsWith("rule:") ? "rule" : "building", alarms: members };
  }
  return most;
}
