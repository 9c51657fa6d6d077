// Trials, drills and cause and effect, as the HTTP face says them (OpenAPI at /api/docs).

export interface WouldHave {
  alarm: number;
  raised: string;
  rule: string;
  place: string;
  rows: string[];
  release: string[];
  stop_charging: string[];
  freeze_lockers: boolean;
  switch: string[];
}

export interface Trial {
  building: string;
  name: string;
  by: string;
  began: string;
  until: string;
  people: string[];
}

export interface TrialDetail {
  trial: Trial | null;
  would_have: WouldHave[];
}

export interface Drill {
  number: number;
  building: string;
  name: string;
  held: string;
  what: string;
  people: number;
  minutes: number;
  note: string;
  by: string;
}

export interface Drills {
  drills: Drill[];
  trials: Trial[];
}

export interface Effect {
  name: string;
  when: string[];
  release: boolean;
  stop_charging: "none" | "room" | "building";
  freeze_lockers: boolean;
  switch: { device: string; command: string; arguments: Record<string, boolean | number | string> }[];
  note: string;
}
