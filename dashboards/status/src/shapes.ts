// The shapes of the HTTP face as the page reads them (OpenAPI at /api/docs). Times are ISO 8601 in UTC.

export type Priority = 1 | 2 | 3 | 4;
export type Link = "unknown" | "up" | "lost" | "misconfigured";
export type Quality = "good" | "uncertain" | "bad";
export type Kind = "boolean" | "integer" | "real" | "text";
export type Value = boolean | number | string | null;

export interface Me {
  id: string;
  name: string;
  role: string;
  grids: string[];
  /** By what one is in: "session", "phone", "screen", "token". */
  way: string;
  session: { id: string; kind: "browser" | "phone" | "screen"; until_utc: number | null } | null;
  password_set: boolean;
  pin_set: boolean;
  /** The person of the duty roster whose account it is; empty for none. */
  person: string;
  /** At a duty screen: the names of those who have a PIN to act there. */
  people: string[];
  simulated: boolean;
  language: string;
  /** The compound's time zone (IANA name). */
  timezone: string;
  version: string;
}

export interface Verdict {
  /** "empty": no device is there of which anything could be known. */
  state: "well" | "unknown" | "alarm" | "empty";
  critical: number;
  unanswered: number;
  open: number;
  unheard: number;
  offline: number;
  silent: number;
}

/** Detectors in numbers: where a sensor hangs, and of which of them nobody knows how they are. */
export interface Supervised {
  mounted: number;
  unknown: number;
  late: number;
  lost: number;
}

export interface Tile {
  id: string;
  name: string;
  grid: string;
  /** Entrances and floors above ground, as the configuration has them. */
  units: number;
  floors: number;
  worst: Priority | null;
  alarms: number;
  unanswered: number;
  devices: number;
  offline: number;
  unheard: number;
  doors: number;
  open: number;
  held: number;
  forced: number;
  detectors: Supervised;
}

export interface Lines {
  up: number;
  lost: number;
  unknown: number;
}

/** What waits in the parcel lockers. */
export interface Parcels {
  overdue: number;
  forced: number;
}

/** What charges, what was stopped, and at how many ports current may still flow in spite of that. */
export interface Charging {
  charging: number;
  stops: number;
  not_stopped: number;
}

export interface Place {
  building: string;
  building_name: string;
  unit: string;
  name: string;
  grid: string;
}

/** ISA-18.2: A normal, B unanswered, C answered, D returned unanswered, E/F latched, G shelved, H by design, I out of service. */
export type AlarmState = "A" | "B" | "C" | "D" | "E" | "F" | "G" | "H" | "I";

export interface Alarm {
  number: number;
  key: string;
  rule: string;
  source: string;
  device: string;
  priority: Priority;
  state: AlarmState;
  active: boolean;
  acked: boolean;
  latched: boolean;
  suppression: string;
  occurrences: number;
  value: Value;
  why: string;
  since: string;
  since_trusted: boolean;
  changed: string;
  acked_by: string;
  note: string;
  orphaned: boolean;
  simulated: boolean;
  test: boolean;
  trial: boolean;
  verdict: "" | "real" | "false";
  verdict_by: string;
  spared_by: string;
  spared_why: string;
  spared_until: string | null;
  chattering: boolean;
  raises: number;
  stale: boolean;
  recorded: boolean;
  place: Place;
}

export interface Compound {
  id: string;
  name: string;
  households: number;
  simulated: boolean;
}

export interface Overview {
  seq: number;
  now: string;
  clock_trusted: boolean;
  recorded: boolean;
  /** The name of the page's build that the gateway has. */
  page: string;
  compound: Compound;
  verdict: Verdict;
  grids: { id: string; name: string }[];
  buildings: Tile[];
  alarms: Alarm[];
  lines: Lines;
  lockers: Parcels;
  charging: Charging;
  stories?: string[];
}

export interface Point {
  kind: Kind;
  unit: string;
  meaning: string;
  part: string;
  value: Value;
  quality: Quality;
  why: string;
  heard: string | null;
  measured: string | null;
}

export interface Device {
  id: string;
  product: string;
  name: string;
  building: string;
  entrance: string;
  line: string;
  link: Link;
  why: string;
  fresh: boolean;
  heard: string | null;
  parts: Record<string, string>;
  points: Record<string, Point>;
}

export interface Building {
  seq: number;
  now: string;
  building: Tile;
  devices: Device[];
}

export interface History {
  device: string;
  key: string;
  kind: Kind;
  unit: string;
  meaning: string;
  start: string;
  end: string;
  bucket_seconds: number;
  t: number[];
  min: (number | null)[];
  max: (number | null)[];
  mean: (number | null)[];
  last: (number | null)[];
  quality: (Quality | "gap")[];
}

/** What changed of a device: its link, and points as [value, quality, why, heard in ms since 1970]. */
export interface DeviceDelta {
  link?: Link;
  why?: string;
  fresh?: boolean;
  heard?: string | null;
  points?: Record<string, [Value, Quality, string, number | null]>;
}

export interface Delta {
  view: string;
  seq: number;
  tiles?: Tile[];
  verdict?: Verdict;
  lines?: Lines;
  lockers?: Parcels;
  charging?: Charging;
  devices?: Record<string, DeviceDelta>;
}

export type Snapshot =
  | ({ view: "overview" } & Overview)
  | ({ view: `building:${string}` } & Building)
  | ({ view: `device:${string}`; seq: number } & Device);

export interface AlarmSaid {
  seq: number | null;
  change: string;
  alarm: Alarm;
}

export interface Tick {
  now: string;
  clock_trusted: boolean;
}

export interface Waiting {
  batches: number;
  points: number;
  bytes: number;
  oldest: string | null;
}

export interface Outlet {
  id: string;
  kind: string;
  target: string;
  state: "starting" | "up" | "failing" | "refused";
  why: string;
  since: string | null;
  points: number;
  records: number;
  requests: number;
  refused: number;
  backlog: Waiting & { dropped: number };
}

export interface Backup {
  place: string;
  last: string | null;
  ok: boolean;
  why: string;
  due: string | null;
}

export interface Stores {
  now: string;
  disk: { state: "ample" | "scarce" | "full"; free_bytes: number };
  journal: { recorded: boolean; why: string };
  outbox: Waiting & {
    max_bytes: number;
    max_age_seconds: number;
    keep_free_bytes: number;
    lost: Record<string, number>;
    damaged: string[];
  };
  history: { keep_days: number; lost: string[] };
  outlets: Outlet[];
  backups: Backup[];
}

/** A line that a destination will never take, with its words. */
export interface Refused {
  destination: string;
  at: string;
  line: string;
  why: string;
}
