// What groups and schedules are called, for lists of permits.

import { useAsked } from "../asked.ts";
import type { DoorGroup, Schedule } from "../door_shapes.ts";

export interface Names {
  groups: ReadonlyMap<string, string>;
  schedules: ReadonlyMap<string, string>;
}

/** Names by id, asked for once. */
export function useNames(): Names {
  const groups = useAsked<{ groups: DoorGroup[] }>("door-groups").value?.groups ?? [];
  const schedules = useAsked<{ schedules: Schedule[] }>("schedules").value?.schedules ?? [];
  return { groups: byId(groups), schedules: byId(schedules) };
}

function byId(named: readonly { id: string; name: string }[]): ReadonlyMap<string, string> {
  return new Map(named.map(({ id, name }) => [id, name || id]));
}
