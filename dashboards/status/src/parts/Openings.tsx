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

interface Asked {
  groups: Signal<readonly string[]>;
  schedule: Signal<string>;
  /** Whose permit it is, such as "b3-2-501": doors of his building come first, and those of others are the exception. */
  household?: Signal<string>;
}

export function Openings({ groups, schedule, household }: Asked) {
  useEffect(() => void doors.ask(), []);
  const known = useAsked<{ groups: DoorGroup[] }>("door-groups").value?.groups ?? [];
  const weeks = useAsked<{ schedules: Schedule[] }>("schedules").value?.schedules ?? [];
  const home = buildingOf(household?.value.trim() ?? "");
  return (
    <>
      <Picker
        label={t("permit.groups")}
        choices={choices(known, home)}
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

/** What can be opened: first what the building `home` has, then what is common to several, then other buildings. */
function choices(known: readonly DoorGroup[], home: string): Choice[] {
  const taken = new Set(known.map(({ id }) => id));
  const all = [...known.map(named), ...controllers(taken)];
  const rank = ({ building }: Opening) => (building === home ? 0 : building === "" ? 1 : 2);
  if (home !== "") all.sort((a, b) => rank(a) - rank(b));
  return all.map((one) => ({ id: one.id, label: one.label, away: home !== "" && rank(one) === 2 }));
}

/** `building` is "" for what has doors in several. */
interface Opening extends Choice {
  building: string;
}

/** A group by its name, and its building before it where that is one and the name leaves it out. */
function named(group: DoorGroup): Opening {
  const places = group.doors.flatMap((id) => doors.one(id)?.value ?? []);
  const [first] = places;
  const name = group.name || group.id;
  if (first === undefined || places.some(({ building }) => building !== first.building)) return { id: group.id, label: name, building: "" };
  const label = name.includes(first.building_name) ? name : `${first.building_name} ${name}`;
  return { id: group.id, label, building: first.building };
}

/** Each controller is a group of all its doors, unless somebody made a group of its name. */
function controllers(taken: ReadonlySet<string>): Opening[] {
  const found = new Map<string, Opening>();
  for (const door of doors.all()) {
    if (!taken.has(door.device) && !found.has(door.device)) {
      const label = t("permit.all_doors_of", { place: place(door) });
      found.set(door.device, { id: door.device, label, building: door.building });
    }
  }
  return [...found.values()];
}

/** The building of a household such as "b3-2-501"; "" where none of the doors that are known is in it. */
function buildingOf(household: string): string {
  const ids = new Set(doors.all().map(({ building }) => building));
  return [...ids].find((id) => id !== "" && household.startsWith(`${id}-`)) ?? "";
}
