// What the gateway tells of the past of several points, of the health of devices, of long work, and of the simulator.

import type { Kind, Link, Quality } from "./shapes.ts";

export type SeriesQuality = Quality | "gap";

/** Where a device stands, as people say it. */
export interface Stands {
  name: string;
  building_name: string;
  entrance: string;
  detector: boolean;
}

/** One point over the buckets of `Histories.t`; null where nothing is known. */
export interface Series extends Stands {
  device: string;
  key: string;
  kind: Kind;
  unit: string;
  meaning: string;
  part: string;
  min: (number | null)[];
  max: (number | null)[];
  mean: (number | null)[];
  last: (number | null)[];
  quality: SeriesQuality[];
}

export interface Histories {
  from_utc: number;
  to_utc: number;
  bucket_seconds: number;
  t: number[];
  series: Series[];
}

export const STATES = ["misconfigured", "offline", "stale", "unknown", "weak", "well", "unmounted"] as const;
export type State = (typeof STATES)[number];

export interface DeviceHealth extends Stands {
  id: string;
  state: State;
  link: Link;
  why: string;
  line: string;
  heard_utc: number | null;
  battery: number | null;
  battery_low: boolean;
  signal: number | null;
}

export interface Healths {
  devices: DeviceHealth[];
  total: number;
  counts: Record<State, number>;
}

/** By device a letter for each piece of the last day: h heard, p heard in part, n not heard, - nothing recorded. */
export interface Beats {
  from_utc: number;
  beat_seconds: number;
  beats: Record<string, string>;
}

export type WorkKind = "permit_sync" | "export" | "backfill" | "backup" | "import" | "prune" | "verify";

export interface Work {
  id: string;
  kind: WorkKind;
  title: string;
  done: number;
  total: number | null;
  since_utc: number;
  state: "running" | "done" | "failed";
}

/** What the simulator can let happen. */
export interface Stage {
  stories: { name: string; about: string; target: string }[];
  controllers: { controller: string; fault: string | null }[];
  faults: string[];
}
