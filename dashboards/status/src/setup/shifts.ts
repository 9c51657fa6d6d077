// Who is on duty, as most compounds have it: one, two or three shifts a day, alike in every grid or not.

import { type Signal, signal } from "@preact/signals";
import type { Shift, Staffing } from "../setup_shapes.ts";
import { t } from "../texts.ts";

export type Roster = Staffing["roster"];

/** How many shifts a day has; 0: as they were entered elsewhere, which this page cannot show. */
export type Count = 0 | 1 | 2 | 3;

export interface Duty {
  count: Signal<Count>;
  /** When they begin, by how many there are. */
  starts: Record<Count, readonly Signal<string>[]>;
  /** What they are called. */
  names: Record<Count, readonly string[]>;
  /** Whether every grid has people of its own on duty. */
  apart: Signal<boolean>;
  /** Who has a shift, in a grid or in `ALL`. */
  person: (grid: string, shift: number) => Signal<string>;
  /** What was entered before. */
  before: Roster;
}

const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const STARTS: Record<Count, readonly string[]> = { 0: [], 1: ["00:00"], 2: ["08:00", "20:00"], 3: ["08:00", "16:00", "00:00"] };
/** In the place of a grid: all of them alike. */
export const ALL = "";

/** The duty that was entered for so many grids, or that of nobody. */
export function dutyOf(before: Roster, grids: number): Duty {
  const people = new Map<string, Signal<string>>();
  const person = (grid: string, shift: number) => {
    const key = `${grid}/${shift}`;
    const known = people.get(key) ?? signal("");
    people.set(key, known);
    return known;
  };
  const first = before[0]?.shifts ?? [];
  const count = before.length === 0 ? 1 : counted(before);
  const starts = (of: Count) => (of === count && of > 1 ? first.map(({ from }) => from) : STARTS[of]);
  const called = (of: Count) => (of === count && before.length > 0 ? first.map(({ name }) => name) : usualNames(of));
  for (const { grid, shifts } of count === 0 ? [] : before) {
    for (const [place, shift] of shifts.entries()) person(grid, place).value = shift.person;
  }
  for (const [place, shift] of first.entries()) person(ALL, place).value = shift.person;
  return {
    count: signal(count),
    starts: { 0: [], 1: signals(starts(1)), 2: signals(starts(2)), 3: signals(starts(3)) },
    names: { 0: [], 1: called(1), 2: called(2), 3: called(3) },
    apart: signal(
      (before.length > 0 && before.length < grids) ||
        before.some(({ shifts }) => shifts.some(({ person: id }, place) => id !== first[place]?.person)),
    ),
    person,
    before,
  };
}

/** Let every grid have people of its own, to begin with those of all; or all of them the same again. */
export function part({ apart, count, names, person }: Duty, grids: readonly { id: string }[], apartNow: boolean): void {
  apart.value = apartNow;
  if (!apartNow) return;
  for (const { id } of grids) {
    for (const [place] of names[count.value].entries()) {
      const own = person(id, place);
      if (own.value === "") own.value = person(ALL, place).value;
    }
  }
}

/** What is sent of it: a grid where nobody is chosen has no roster. */
export function rosterOf(duty: Duty, grids: readonly string[]): Roster {
  if (duty.count.value === 0) return duty.before;
  return grids
    .map((grid) => ({ grid, shifts: shiftsOf(duty, duty.apart.value ? grid : ALL) }))
    .filter(({ shifts }) => shifts.some(({ person }) => person !== ""));
}

function usualNames(count: Count): string[] {
  if (count < 2) return [t("setup.people.always")];
  const night = t("setup.shifts.night");
  return count === 2 ? [t("setup.shifts.day"), night] : [t("setup.shifts.early"), t("setup.shifts.late"), night];
}

function shiftsOf({ count, starts, names, person }: Duty, grid: string): Shift[] {
  const begins = starts[count.value].map(({ value }) => value.trim());
  return names[count.value].map((name, place) => ({
    name,
    days: WEEK,
    from: begins[place] ?? "",
    to: count.value === 1 ? "24:00" : (begins[(place + 1) % begins.length] ?? ""),
    person: person(grid, place).value,
  }));
}

/** How many shifts a day has in every grid; 0 where the fields of this page would lose something. */
function counted(roster: Roster): Count {
  const first = roster[0]?.shifts ?? [];
  const count = first.length;
  const usual = roster.every(
    ({ shifts }) =>
      shifts.length === count &&
      shifts.every(
        (shift, place) =>
          shift.days.length === WEEK.length &&
          (shift.deputy ?? "") === "" &&
          shift.from === first[place]?.from &&
          shift.to === (count === 1 ? "24:00" : first[(place + 1) % count]?.from),
      ),
  );
  return usual && (count === 2 || count === 3 || (count === 1 && first[0]?.from === "00:00")) ? count : 0;
}

function signals(values: readonly string[]): Signal<string>[] {
  return values.map((value) => signal(value));
}
