// The stores and destinations of telemetry, asked for while someone looks.

import { signal } from "@preact/signals";
import { get, Problem } from "../ask.ts";
import type { Refused, Stores } from "../shapes.ts";

const AGAIN_MS = 5_000;

/** How the stores stand, as the gateway last said; null before the first word. */
export const stores = signal<Stores | null>(null);
/** The problem that stands in the way of a newer word; null while there is none. */
export const trouble = signal<Problem | null>(null);

/** Asks now and every 5 s while the tab is visible, until the returned function is called. */
export function watch(): () => void {
  const look = () => {
    if (!document.hidden) void ask();
  };
  look();
  const timer = setInterval(look, AGAIN_MS);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

/** The newest lines that a destination refused; throws `Problem`. */
export async function quarantined(): Promise<Refused[]> {
  return (await get<{ lines: Refused[] }>("stores/quarantine")).lines;
}

async function ask(): Promise<void> {
  try {
    stores.value = await get<Stores>("stores");
    trouble.value = null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    trouble.value = error;
  }
}
