// What the gateway says while it is being set up, and of itself afterwards. Times are UTC seconds.

/** In the order of the screens: who is reached over a channel comes after it. */
export const STEPS = ["clock", "compound", "buildings", "grids", "channel", "people", "backup"] as const;
export type StepName = (typeof STEPS)[number];

export interface Step {
  id: StepName;
  state: "done" | "open" | "skipped";
  /** What was entered, as it was sent and without secrets. */
  entered: Record<string, unknown> | null;
  findings: { path: string; why: string }[];
  facts: Record<string, unknown>;
}

export interface SetUp {
  open: boolean;
  writable: boolean;
  file: string;
  steps: Step[];
}

export interface BuildingException {
  number: number;
  left_out?: boolean;
  name?: string | null;
  units?: number | null;
  floors?: number | null;
  flats_per_floor?: number | null;
}

export interface Buildings {
  count: number;
  name: string;
  units: number;
  floors: number;
  flats_per_floor: number;
  exceptions: BuildingException[];
}

export interface Grid {
  id: string;
  name: string;
  code?: string;
  buildings: number[];
}

export interface Reach {
  channel: string;
  to: string;
}

export interface Staffer {
  id: string;
  name: string;
  account?: string;
  reach: Reach[];
}

export interface Shift {
  name: string;
  days: string[];
  from: string;
  to: string;
  person: string;
  deputy?: string;
}

export interface Staffing {
  people: Staffer[];
  leader: string;
  roster: { grid: string; shifts: Shift[] }[];
}

export interface Channel {
  id: string;
  kind: string;
  settings: Record<string, string>;
  secrets?: Record<string, string>;
}

export interface Proof {
  number: number;
  channel: string;
  fate: "waiting" | "sent" | "delivered" | "answered" | "failed";
  why: string;
}
