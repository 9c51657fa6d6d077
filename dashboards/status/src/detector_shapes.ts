// Detectors, the sensors that hang there, rounds, walk tests and receivers, as the HTTP face says them (OpenAPI at /api/docs).

import type { Link, Point, Priority, Supervised } from "./shapes.ts";

export const KINDS = ["smoke", "gas", "co", "heat"] as const;
export type Kind = (typeof KINDS)[number];

/** Where a sensor is to hang. */
export interface Where {
  id: string;
  kind: Kind | null;
  building: string;
  building_name: string;
  entrance: string;
  floor: number;
  flat: string;
  name: string;
}

export interface Detector extends Where {
  common: boolean;
  state: "unmounted" | "unknown" | "heard" | "late" | "lost";
  blind: boolean;
  alarm: boolean;
  worst: Priority | null;
  fault: boolean;
  under_test: boolean;
  heard: string | null;
  sensor: { tail: string; product: string; title: string; mounted: string | null; expires: string | null } | null;
  battery: number | null;
  battery_low: boolean | null;
  signal: number | null;
  heard_by: string | null;
  heard_by_name: string;
}

export interface Detectors {
  detectors: Detector[];
  total: number;
  next: string | null;
}

export interface SensorRecord {
  at: string;
  what: string;
  actor: string;
  tail: string;
  why: string;
}

export interface DetectorDetail extends Detector {
  line: string;
  link: Link;
  why: string;
  battery_change_until: string | null;
  points: Record<string, Point>;
  record: SensorRecord[];
  statistics: Partial<Record<string, number>>;
}

export interface DetectorCounts extends Supervised {
  detectors: number;
  battery_low: number;
  fault: number;
  alarm: number;
  under_test: number;
}

export interface Counts {
  all: DetectorCounts;
  buildings: Record<string, DetectorCounts>;
  receivers: { total: number; blind: number };
  stock: number;
  strangers: number;
}

export interface StockSensor {
  address: string;
  tail: string;
  product: string;
  title: string;
  kind: Kind | null;
  label: string;
}

export interface ImportedSensors {
  rows: number;
  new: number;
  changed: number;
  unchanged: number;
  mounted: number;
}

export interface Step {
  detector: string;
  name: string;
  /** Empty: the place was skipped. */
  tail: string;
  at: string;
}

export interface Candidate {
  address: string;
  tail: string;
  title: string;
  receiver_name: string;
  rssi: number;
  seconds_ago: number;
}

export interface Round {
  id: string;
  actor: string;
  next: Where | null;
  left: number;
  total: number;
  done: Step[];
  candidates: Candidate[];
  note: "" | "wrong_kind" | "product_unknown" | "elsewhere" | "several";
}

export interface Said {
  at: string;
  what: string;
  receiver_name: string;
  rssi: number;
}

export interface WalkTestSummary {
  id: string;
  by: string;
  began: string;
  ends: string | null;
  ended: string | null;
  tested: number;
  left: number;
}

export interface WalkTest extends WalkTestSummary {
  detectors: (Where & { said: Said[] })[];
}

export interface Receiver {
  id: string;
  name: string;
  building: string;
  building_name: string;
  entrance: string;
  line: string;
  kind: "adapter" | "proxy";
  link: Link;
  why: string;
  blind: boolean;
  heard_rate: number | null;
  sensors: number | null;
  last_heard: string | null;
  statistics: Partial<Record<string, number>>;
}

/** What the driver of charge points calls one that nobody enrolled. */
export const CHARGE_POINT = "OCPP charge point";

export interface Stranger {
  address: string;
  what: string;
  at: string;
  receiver: string;
  rssi: number;
}
