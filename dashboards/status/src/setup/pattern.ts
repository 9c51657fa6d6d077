// Buildings by a pattern: how many of everything that makes, and number lists such as "1-10, 12" there and back.

import type { Buildings } from "../setup_shapes.ts";

export interface Made {
  buildings: number;
  units: number;
  flats: number;
  /** The first names, and the last. */
  names: readonly string[];
}

const FIRST_NAMES = 3;

/** What the pattern makes: its exceptions counted in. */
export function made(pattern: Buildings): Made {
  const other = new Map(pattern.exceptions.map((one) => [one.number, one]));
  const sum = { buildings: 0, units: 0, flats: 0 };
  const names: string[] = [];
  for (let number = 1; number <= pattern.count; number++) {
    const one = other.get(number);
    if (one?.left_out) continue;
    const units = one?.units ?? pattern.units;
    sum.buildings++;
    sum.units += units;
    sum.flats += units * (one?.floors ?? pattern.floors) * (one?.flats_per_floor ?? pattern.flats_per_floor);
    names.push(one?.name ?? pattern.name.replace("{n}", String(number)));
  }
  return { ...sum, names: names.length > FIRST_NAMES + 1 ? [...names.slice(0, FIRST_NAMES), names[names.length - 1] ?? ""] : names };
}

/** The numbers of "1-10, 12"; what is no number is left out. */
export function numbers(said: string): number[] {
  const found = said.split(/[,,、;\s]+/).flatMap((part) => {
    const span = /^(\d{1,3})(?:\s*[-–~]\s*(\d{1,3}))?$/.exec(part);
    if (span === null) return [];
    const [first, last] = [Number(span[1]), Number(span[2] ?? span[1])];
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place);
  });
  return [...new Set(found)].sort((a, b) => a - b);
}

/** "1-10, 12": runs of numbers shortened. */
export function ranges(given: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of given) {
    const last = runs[runs.length - 1];
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(", ");
}

/** The numbers dealt out into as many heaps, neighbours together. */
export function dealt(given: readonly number[], heaps: number): number[][] {
  return Array.from({ length: heaps }, (_, heap) => {
    const at = (place: number) => Math.round((place * given.length) / heaps);
    return given.slice(at(heap), at(heap + 1));
  });
}
