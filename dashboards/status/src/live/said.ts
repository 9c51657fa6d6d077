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
  | { event: "mode"; data: Mode };

/** Which views this page wants from now on; none closes the stream. */
export interface Watch {
  views: string[];
}
