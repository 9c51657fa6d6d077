// What a permit opens and when: groups of doors, or all doors of a controller; and a schedule.

import type { Signal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { useAsked } from "../asked.ts";
import type { DoorGroup, Schedule } from "../door_shapes.ts";
import { place } from "../show/door.ts";
import * as doors from "../store/doors.ts";
import { t } from "../texts.ts";
import { type Choice, Picker } from "./Picker.tsx";

export function Openings({ groups, schedule }: { groups: Signal<readonly string[]>; schedule: Signal<string> }) {
  useEffect(() => void doors.ask(), []);
  const known = useAsked<{ groups: DoorGroup[] }>("door-groups").value?.groups ?? [];
  const weeks = useAsked<{ schedules: Schedule[] }>("schedules").value?.schedules ?? [];
  const id = useId();
  const named: Choice[] = known.map((group) => ({ id: group.id, label: group.name || group.id }));
  return (
    <>
      <Picker label={t("permit.groups")} choices={[...named, ...controllers(new Set(known.map(({ id }) => id)))]} chosen={groups} />
      <div class="field">
        <label for={id}>{t("permit.schedule")}</label>
        <select id={id} value={schedule.value} onChange={(event) => (schedule.value = event.currentTarget.value)}>
          <option value="">{t("permit.always")}</option>
          {weeks.map((week) => (
            <option key={week.id} value={week.id}>
              {week.name || week.id}
            </option>
          ))}
        </select>
      </div>
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
