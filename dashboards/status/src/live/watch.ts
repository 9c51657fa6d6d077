// The page's end of the live feed: which views it wants, through a shared worker where there is one.

import { batch } from "@preact/signals";
import { Feed } from "./feed.ts";
import type { Said, Watch } from "./said.ts";

declare const WORKER_URL: string;

/** A way to say which views are wanted. What comes back goes to the `take` it was made with. */
export type Wish = (views: readonly string[]) => void;

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
  let wanted: readonly string[] = [];
  let own: Feed | null = null;
  worker.onerror = () => {
    own = new Feed(take);
    own.watch(wanted);
  };
  worker.port.onmessage = (message: MessageEvent<Said>) => take(message.data);
  return (views) => {
    wanted = views;
    if (own === null) worker.port.postMessage({ views: [...views] } satisfies Watch);
    else own.watch(views);
  };
}
