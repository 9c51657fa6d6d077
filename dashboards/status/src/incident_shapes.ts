// Incidents of the grids, as the HTTP face says them (OpenAPI at /api/docs).

import type { Place, Priority, Value } from "./shapes.ts";

export type IncidentState =
  | "reported"
  | "accepted"
  | "assigned"
  | "arrived"
  | "handled"
  | "feedback"
  | "verified"
  | "closed"
  | "false_alarm"
  | "merged";

export type NextAct = "go" | "arrive" | "handle" | "feedback" | "verify" | "close";

export interface Limit {
  stage: string;
  began: string;
  due: string;
  percent: number;
}

export interface CalledDepartment {
  id: string;
  name: string;
  called: string;
  due: string;
  answered: string | null;
  arrived: string | null;
  late: boolean;
}

export interface Incident {
  number: number;
  id: string;
  category: { id: string; code: string; name: string };
  priority: Priority;
  state: IncidentState;
  place: Place;
  where: string;
  what: string;
  person: string;
  person_name: string;
  going: boolean;
  opened: string;
  changed: string;
  alarms: number[];
  photos: string[];
  cause: string;
  extended: boolean;
  returned: number;
  merged_into: number;
  limits: Limit[];
  departments: CalledDepartment[];
  county: string;
  simulated: boolean;
  next: { act: NextAct; label: string } | null;
}

export interface Incidents {
  incidents: Incident[];
  total: number;
  next: number | null;
}

export interface IncidentStep {
  seq: number;
  at: string;
  what: string;
  by: string;
  note: string;
  alarm: number | null;
  details: Record<string, Value>;
}

export interface IncidentDetail extends Incident {
  timeline: IncidentStep[];
}

/** What made a false alarm, as the gateway takes it. */
export const CAUSES = [
  "cooking", "steam", "dust", "insects", "smoking", "works", "test", "malice", "device_fault", "unknown",
] as const; // prettier-ignore
export type Cause = (typeof CAUSES)[number];
