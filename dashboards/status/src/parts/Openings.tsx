// What a permit opens and when: groups of doors, or all doors of a controller; and a schedule.

import type { Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAsked } from "../asked.ts";
import type { DoorGroup, Schedule } from "../door_shapes.ts";
import { place } from "../show/door.ts";
import * as doors from "../store/doors.ts";
import { t } from "../texts.ts";
import { type Choice, Picker } from "./Picker.tsx";
import { Select } from "./Select.tsx";

export function Openings({ groups, schedule }: { groups: Signal<readonly string[]>; schedule: Signal<string> }) {
  useEffect(() => void doors.ask(), []);
  const known = useAsked<{ groups: DoorGroup[] }>("door-groups").value?.groups ?? [];
  const weeks = useAsked<{ schedules: Schedule[] }>("schedules").value?.schedules ?? [];
  const named: Choice[] = known.map((group) => ({ id: group.id, label: group.name || group.id }));
  return (
    <>
      <Picker
        label={t("permit.groups")}
        choices={[...named, ...controllers(new Set(known.map(({ id }) => id)))]}
        chosen={groups}
        name="groups"
        required
      />
      <Select
        label={t("permit.schedule")}
        options={weeks.map((week) => [week.id, week.name || week.id] as const)}
        chosen={schedule}
        name="schedule"
        none={t("permit.always")}
      />
    </>
  );
}

/** Each controller is a group of all its doors, unless somebody made a group of its name. */
function controllers(taken: ReadonlySet<string>): Choice[] {
  const found = new Map<string, Choice>();
  for (const door of doors.all()) {
    if (!taken.has(door.device) && !found.has(door.device)) {
      found.set(door.device, { id: door.device, label: t("permit.all_doors_of", { place: place(door) }) });
    }
  }
  return [...found.values()];
}
