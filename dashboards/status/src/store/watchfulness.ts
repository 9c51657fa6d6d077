// Where nobody is called at present, though something may be wrong: detectors out of service, buildings on trial, walk tests.
// Asked for while the overview is looked at.

import { signal } from "@preact/signals";
import { get, Problem } from "../ask.ts";

const EVERY_MS = 20_000;

export interface Watchfulness {
  outages: number;
  trials: number;
  walks: number;
}

/** As last heard. */
export const watchfulness = signal<Watchfulness>({ outages: 0, trials: 0, walks: 0 });

/** Asks now and again while the tab is seen, until the returned function is called. `all` is for who may see all of it. */
export function watch(all: boolean): () => void {
  const look = () => {
    if (!document.hidden) void ask(all);
  };
  look();
  const timer = setInterval(look, EVERY_MS);
  document.addEventListener("visibilitychange", look);
  return () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

async function ask(all: boolean): Promise<void> {
  try {
    const { out } = await get<{ out: number }>("detectors/outages");
    if (!all) {
      watchfulness.value = { ...watchfulness.peek(), outages: out };
      return;
    }
    const [{ trials }, { walk_tests: tests }] = await Promise.all([
      get<{ trials: unknown[] }>("drills"),
      get<{ walk_tests: { ended: string | null }[] }>("walk-tests"),
    ]);
    watchfulness.value = { outages: out, trials: trials.length, walks: tests.filter((test) => test.ended === null).length };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
}
