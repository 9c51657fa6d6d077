// What the live feed says to the page, and what the page says to a feed in a shared worker.

import type { AlarmSaid, Delta, Snapshot, Tick } from "../shapes.ts";

/** How the page is being fed; "refused" means that the gateway wants a sign-in. */
export type Mode = "connecting" | "live" | "polling" | "lost" | "refused";

export type Said =
  | { event: "snapshot"; data: Snapshot }
  | { event: "delta"; data: Delta }
  | { event: "alarm"; data: AlarmSaid }
  | { event: "tick"; data: Tick }
  | { event: "gone"; data: string }
  /** Somebody else signed in with this browser: what was said so far is not for him. */
  | { event: "superseded" }
  | { event: "mode"; data: Mode };

/** Which views this page wants from now on, and for whom; none closes the stream. */
export interface Watch {
  who: string;
  views: readonly string[];
}

/** What a page says to the worker: what it wants, or that it is still there. */
export type Wanted = Watch | "here";
