// The emergency stops that stand, asked for while there are any: every page says where current may still flow.

import { effect, signal } from "@preact/signals";
import { get, Problem } from "../ask.ts";
import type { Stop } from "../charging_shapes.ts";
import { charging } from "./overview.ts";
import { session } from "./session.ts";

const EVERY_MS = 2_000;

/** As last heard, newest first. */
export const stops = signal<readonly Stop[]>([]);

/** Of the last question: the answer to an earlier one is not shown after it. */
let question = 0;

/** Follows the overview's number of stops: none stands, none is asked for. */
export function follow(): void {
  effect(() => {
    if (session.value.state !== "in" || charging.value.stops === 0) {
      question += 1;
      stops.value = [];
      return undefined;
    }
    void ask();
    const timer = setInterval(() => void ask(), EVERY_MS);
    return () => clearInterval(timer);
  });
}

/** Asks once. Without an answer what was heard stays: a stop is no less dangerous because the network is. */
export async function ask(): Promise<void> {
  if (document.hidden) return;
  const mine = ++question;
  try {
    const said = await get<{ stops: Stop[] }>("charging/stops");
    if (mine === question) stops.value = said.stops;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}
