// Charging rooms, their ports, sessions, stops and tags, as the HTTP face says them (OpenAPI at /api/docs).

import type { Alarm, Link, Priority } from "./shapes.ts";

export type Reach = "port" | "charger" | "room" | "building" | "all";

/** `proved` alone means that no current flows: it was measured after the order, or the contactor's contact shows open. */
export type Phase = "ordered" | "proved" | "not_stopped";

export interface Room {
  id: string;
  name: string;
  building: string;
  building_name: string;
  /** Where its switch is, in words: for whoever has to pull it. */
  cabinet: string;
  kind: "ebike" | "car";
  ports: number;
  charging: number;
  free: number;
  held: number;
  fault: number;
  offline: number;
  watts: number;
  limit_watts: number | null;
  contactor: { device: string; part: string; closed: boolean | null } | null;
  /** The stop that stands for all of it or a part. */
  stop: string | null;
  alarms: number;
  worst: Priority | null;
}

export interface Port {
  part: string;
  name: string;
  state: string;
  watts: number | null;
  amperes: number | null;
  volts: number | null;
  celsius: number | null;
  milliamperes: number | null;
  charge: number | null;
  kwh: number | null;
  session: string | null;
  since: string | null;
  holds: string[];
  error: string;
  alarm: Priority | null;
  sure: boolean;
  heard: string | null;
}

export interface Charger {
  id: string;
  name: string;
  link: Link;
  why: string;
  fresh: boolean;
  product: string;
  celsius: number | null;
  smoke: boolean | null;
  mains_fail: boolean | null;
  commands: string[];
  ports: Port[];
}

export interface RoomDetail extends Room {
  chargers: Charger[];
  open_alarms: Alarm[];
}

export interface RoomPower {
  start: string;
  end: string;
  bucket_seconds: number;
  t: number[];
  mean: (number | null)[];
  max: (number | null)[];
  told: number[];
  ports: number;
}

export interface Session {
  session: string;
  device: string;
  device_name: string;
  part: string;
  part_name: string;
  room: string;
  room_name: string;
  began: string | null;
  ended: string | null;
  seconds: number | null;
  kwh: number | null;
  peak_watts: number | null;
  why: string;
  offline: boolean;
}

export interface Sessions {
  sessions: Session[];
  running: number;
  next: number | null;
}

export interface Stop {
  id: string;
  reach: Reach;
  what: string;
  name: string;
  by: string;
  reason: string;
  began: string;
  phase: Phase;
  ports: Record<Phase, number>;
  not_stopped: { device: string; part: string; place: string; cabinet: string; why: string }[];
  contactors: { device: string; part: string; room: string; state: Phase }[];
}

/** `hash` is all that is known of what stands on it. */
export interface Tag {
  hash: string;
  label: string;
  until: string | null;
  blocked: boolean;
  note: string;
}

export interface Tags {
  tags: Tag[];
  total: number;
  next: string | null;
}

/** A message that a line could not take as data. */
export interface Rejected {
  source: string;
  why: string;
  size: number;
  excerpt: string;
  received: string;
  times: number;
}
