// Parcel lockers, as the HTTP face says them (OpenAPI at /api/docs). Whose parcel lies where, nobody is told.

import type { Alarm, Link, Point, Priority } from "./shapes.ts";

export interface LockerPlace {
  id: string;
  name: string;
  building: string;
  building_name: string;
  entrance: string;
  link: Link;
  why: string;
  fresh: boolean;
  heard: string | null;
  empty: number;
  reserved: number;
  occupied: number;
  overdue: number;
  open: number;
  forced: number;
  out: number;
  unknown: number;
  alarms: number;
  worst: Priority | null;
}

export interface Locker extends LockerPlace {
  compartments: number;
}

export interface Lockers {
  lockers: Locker[];
  total: number;
  next: string | null;
}

export type State =
  | "unknown"
  | "empty"
  | "reserved"
  | "open_delivery"
  | "occupied"
  | "overdue"
  | "open_pickup"
  | "forced"
  | "jammed"
  | "fault"
  | "out_of_service";

export interface Compartment {
  part: string;
  size: string;
  state: State;
  since: string | null;
  open: boolean | null;
  occupied: boolean | null;
  overdue_hours: number | null;
  reserved_until: string | null;
  alarm: Priority | null;
  /** Whether what it shows was heard in time; otherwise it is what was heard last. */
  sure: boolean;
}

export interface LockerDetail extends LockerPlace {
  line: string;
  product: string;
  points: Record<string, Point>;
  compartments: Compartment[];
  commands: string[];
  codes_locked_until: string | null;
  open_all: { by: string; reason: string; until: string; yours: boolean } | null;
  open_alarms: Alarm[];
}

export interface OverdueParcel {
  cabinet: string;
  cabinet_name: string;
  part: string;
  since: string | null;
  hours: number;
}
