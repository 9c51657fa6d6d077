// People, their shifts and the hand-over, as the HTTP face says them (OpenAPI at /api/docs).

import type { Fate, Somebody } from "./answering_shapes.ts";
import type { Alarm } from "./shapes.ts";

export const WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export type Day = (typeof WEEK)[number];

export interface Shift {
  id: string;
  name: string;
  days: Day[];
  from: string;
  to: string;
  person: string;
  deputy: string;
}

export interface Running {
  name: string;
  begins: string;
  ends: string;
  person: Somebody | null;
}

export interface Duty {
  grid: string;
  name: string;
  code: string;
  level: string;
  kind: string;
  parent: string;
  roster_of: string;
  shift: Running | null;
  deputy: Somebody | null;
  responsible: Somebody | null;
  awaited: boolean;
  late: boolean;
  following: Running | null;
  note: { text: string; by: string; at: string } | null;
  team: Record<string, Somebody[]>;
  shifts: Shift[];
}

export interface Duties {
  now: string;
  clock_lost: boolean;
  grids: Duty[];
}

export interface SheetEntry {
  id: string;
  what: string;
  where: string;
  since: string | null;
  until: string | null;
}

export interface HandOverSheet {
  duty: Duty;
  now: string;
  alarms: Alarm[];
  incidents: SheetEntry[];
  outages: SheetEntry[];
  trials: SheetEntry[];
  walk_tests: SheetEntry[];
  doors_free: SheetEntry[];
  lines: { id: string; down: boolean; devices: number }[];
}

export interface TestCall {
  test: number;
  messages: { channel: string; person: Somebody; fate: Fate; why: string }[];
}

export interface Way {
  channel: string;
  to: string;
}

export interface Person {
  id: string;
  name: string;
  account: string;
  reach: Way[];
  away: { from: string; until: string }[];
  grids: string[];
}

export interface Department {
  id: string;
  name: string;
  kind: string;
  answer_minutes: number;
  reach: Way[];
}

export interface Staff {
  people: Person[];
  departments: Department[];
}
