// The page's end of the live feed: which views it wants, through a shared worker where there is one.

import { batch } from "@preact/signals";
import { Feed } from "./feed.ts";
import type { Said, Wanted } from "./said.ts";

declare const WORKER_URL: string;

/** A way to say which views are wanted, and by whom. What comes back goes to the `take` it was made with. */
export type Wish = (views: readonly string[], who: string) => void;

/** How often a tab says that it is still there; see worker.ts. */
const HERE_MS = 50_000;

/** Connects `take` to the gateway's live feed. */
export function connect(take: (said: Said) => void): Wish {
  const taken = (said: Said) => batch(() => take(said));
  if (typeof SharedWorker !== "undefined") {
    try {
      return throughWorker(taken);
    } catch {
      // Some embedded browsers have the class and refuse to start it: a stream of our own does as well.
    }
  }
  const feed = new Feed(taken);
  return (views) => feed.watch(views);
}

function throughWorker(take: (said: Said) => void): Wish {
  const worker = new SharedWorker(WORKER_URL, "gridpost");
  const tell = (wanted: Wanted) => worker.port.postMessage(wanted);
  let wanted: readonly string[] = [];
  let own: Feed | null = null;
  worker.onerror = () => {
    own = new Feed(take);
    own.watch(wanted);
  };
  worker.port.onmessage = (message: MessageEvent<Said>) => take(message.data);
  setInterval(() => {
    if (own === null && wanted.length > 0) tell("here");
  }, HERE_MS);
  return (views, who) => {
    wanted = [...views];
    if (own === null) tell({ who, views: wanted });
    else own.watch(wanted);
  };
}
