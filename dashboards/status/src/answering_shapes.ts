// Alarms as they are answered, who was told of them, and the figures of it, as the HTTP face says them (OpenAPI at /api/docs).

import type { Where } from "./detector_shapes.ts";
import type { Alarm } from "./shapes.ts";

export interface AlarmStep {
  seq: number;
  at: string;
  change: string;
  by: string;
  note: string;
}

export interface AlarmWithHistory extends Alarm {
  history: AlarmStep[];
}

export interface Somebody {
  id: string;
  name: string;
}

export type Fate = "waiting" | "sent" | "delivered" | "answered" | "failed" | "folded" | "withdrawn";

export interface Notice {
  number: number;
  step: number;
  kind: string;
  channel: string;
  person: Somebody | null;
  fate: Fate;
  why: string;
  made: string;
  sent: string | null;
  changed: string;
}

export interface Channel {
  id: string;
  kind: string;
  way: string;
  target: string;
  state: "starting" | "up" | "failing" | "refused";
  why: string;
  since: string | null;
  waiting: number;
  sent: number;
  failed: number;
  tokens_left: number;
  last_sent: string | null;
}

export interface Heartbeat {
  id: string;
  target: string;
  every_seconds: number;
  answered: string | null;
  missed: number;
  unanswered: boolean;
  why: string;
}

export interface Load {
  annunciations: number;
  mean: number;
  worst: number;
  share_over: number;
}

export interface Answers {
  taken: number;
  p50_seconds: number | null;
  p90_seconds: number | null;
  real: number;
  false: number;
  false_share: number | null;
}

export interface GridFigures {
  grid: string;
  load: Load;
  by_priority: number[];
  stale: number;
  chattering: number;
  top: { rule: string; source: string; annunciations: number; share: number }[];
  answers: Answers;
}

export interface Figures {
  start: string;
  end: string;
  grids: GridFigures[];
  told: { person: string; load: Load }[];
  answered: { name: string; answers: Answers }[];
}

export interface Outage {
  by: string;
  reason: string;
  work_order: string;
  household_told: boolean;
  since: string;
  until: string;
}

export interface PendingOutage {
  by: string;
  reason: string;
  work_order: string;
  household_told: boolean;
  hours: number;
  until: string;
}

export interface DetectorOutage extends Where {
  outage: Outage | null;
  pending: PendingOutage | null;
}
