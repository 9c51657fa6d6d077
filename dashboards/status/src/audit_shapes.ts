// What the gateway says of the audit, of people's data and of investigations. Times are UTC seconds.

export interface AuditRow {
  seq: number;
  utc: number;
  trusted: boolean;
  who: { id: string; name: string; deleted: boolean };
  what: string;
  subject: string;
  reason: string;
  result: string;
  body: Record<string, unknown>;
  erased: boolean;
}

export interface AuditRows {
  rows: AuditRow[];
  /** Where older rows go on; null when there are none. */
  before: number | null;
}

export interface AuditHead {
  seq: number;
  head: string;
  utc: number;
  rows: number;
  since_utc: number | null;
  checkpoint: { seq: number; utc: number } | null;
  key: string;
}

export interface Verified {
  ok: boolean;
  rows: number;
  from_seq: number;
  to_seq: number;
  /** Rows whose bodies were erased, with a word about it; and those whose time was over. */
  erased: number;
  pruned: number;
  /** Ranges of rows that damage took, as a rescue named them. */
  lost: [first: number, last: number][];
  broken: { seq: number; why: string }[];
  /** How many more are broken than are named. */
  more_broken: number;
}

export interface KnownPerson {
  person: string;
  name: string;
  household: string;
  permits: number;
  passages: number;
}

/** A line of the ledger: whom it was names nobody any more. */
export interface Erasure {
  /** His mark: a hash that stands nowhere else. */
  person: string;
  utc: number;
  by: string;
  by_name: string;
  reason: string;
  complete: boolean;
}

export interface Erased {
  erased: { permits: number; rows: number; copies: number };
  /** False: the next start of the gateway does the rest. */
  complete: boolean;
}

export interface Investigation {
  id: string;
  state: "asked" | "confirmed" | "released" | "refused";
  body: string;
  document: string;
  places: string[];
  from_utc: number;
  to_utc: number;
  reason: string;
  asked_by: { id: string; name: string };
  confirmed_by: { id: string; name: string } | null;
  asked_utc: number;
  confirmed_utc: number | null;
  ended_by: string;
  why_ended: string;
  held: boolean;
  /** Whether the one signed in asked for it: another one must confirm it. */
  mine: boolean;
}
