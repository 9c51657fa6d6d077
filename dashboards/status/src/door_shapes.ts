// Doors, permits and controllers being installed, as the HTTP face says them (OpenAPI at /api/docs).

import type { Link } from "./shapes.ts";

export type Work = "unlock" | "hold_free" | "lockdown" | "fire_reset" | "relay_test";

export interface Door {
  id: string;
  device: string;
  part: string;
  name: string;
  building: string;
  building_name: string;
  entrance: string;
  grid: string;
  escape: boolean;
  lock: "fail_safe" | "fail_secure" | "";
  owner: string;
  maintainer: string;
  link: Link;
  fresh: boolean;
  heard: string | null;
  open: boolean | null;
  unlocked: boolean | null;
  mode: "card" | "free" | "locked" | "card_and_pin" | null;
  forced: boolean | null;
  held: boolean | null;
  fire_released: boolean | null;
  lockdown: boolean | null;
  commands: Record<Work, string | null>;
  table: { state: TableState | "none"; left: number | null; total: number | null };
  standing: "in_service" | "replacing" | "not_commissioned";
}

export interface Passage {
  seq: number;
  at: string;
  measured: string | null;
  kind: string;
  name: string | null;
  household: string | null;
  permit: string | null;
  visitor: boolean | null;
  remote: { actor: string; reason: string; command: number } | null;
  gap: { first: number; until: number | null; why: string } | null;
  maybe_repeated: boolean;
}

/** How a command ended; `unknown` is an answer and never read as done. */
export interface Ended {
  id: number;
  outcome: "done" | "refused" | "failed" | "unknown";
  why: string;
}

export interface Permit {
  id: string;
  name: string;
  household: string;
  kind: "card" | "code";
  groups: string[];
  schedule: string;
  valid_from: string | null;
  valid_until: string | null;
  standing: "valid" | "revoked" | "blocked";
  visitor: boolean;
  note: string;
}

export interface Permits {
  permits: Permit[];
  total: number;
  next: string | null;
}

export interface Imported {
  rows: number;
  new: number;
  changed: number;
  unchanged: number;
}

export type TableState = "current" | "writing" | "behind" | "unknown";

interface Stands {
  device: string;
  name: string;
  building: string;
  building_name: string;
  entrance: string;
}

export interface Table extends Stands {
  state: TableState;
  said: string;
  wanted_version: number;
  version: number | null;
  users: number;
  left: number | null;
  total: number | null;
  since: string | null;
}

export interface Task {
  id: string;
  household: string;
  permits: string[];
  at: string;
  by: string;
  reason: string;
  closed: string | null;
  done: number;
  total: number;
  controllers: (Stands & { done: boolean; link: Link })[];
}

export interface DoorGroup {
  id: string;
  name: string;
  doors: string[];
  permits: number;
}

export type Span = [from: number, until: number];

export interface Schedule {
  id: string;
  name: string;
  days: Partial<Record<string, Span[]>>;
  permits: number;
}

export interface Holidays {
  year: number;
  known: boolean;
  days: { date: string; name: string; kind: "holiday" | "workday" }[];
}

export interface Enrolment {
  state: "none" | "waiting" | "shown" | "over";
  device: string;
  part: string;
  until: string | null;
  by: string;
}

export interface Commissioning extends Stands {
  product: string;
  doors: Record<string, string>;
  serial: string;
  seen: string;
  begun: string | null;
  begun_by: string;
  checks: { name: string; part: string; at: string | null }[];
  signed: string | null;
  signed_by: string;
  note: string;
}

export type Statistics = Partial<Record<string, number>>;

export interface Line {
  id: string;
  driver: string;
  address: string;
  link: Link;
  why: string;
  since: string | null;
  devices: number;
  statistics: Statistics;
  units: { device: string; name: string; link: Link; why: string; statistics: Statistics }[];
}
