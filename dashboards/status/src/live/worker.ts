// The shared worker: one stream for all tabs of this browser, because HTTP/1.1 allows six connections to a host.

import { Feed } from "./feed.ts";
import type { Said, Watch } from "./said.ts";

const watching = new Map<MessagePort, string[]>();
let mode: Said | null = null;

const feed = new Feed((said) => {
  if (said.event === "mode") mode = said;
  for (const [port, views] of watching) {
    if (views.length > 0) port.postMessage(said);
  }
});

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (port === undefined) return;
  port.onmessage = (message: MessageEvent<Watch>) => {
    watching.set(port, message.data.views);
    if (mode !== null && message.data.views.length > 0) port.postMessage(mode);
    feed.watch([...new Set([...watching.values()].flat())]);
  };
});
