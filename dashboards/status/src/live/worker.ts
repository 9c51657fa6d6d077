// The shared worker: one stream for all tabs of this browser, because HTTP/1.1 allows six connections to a host.

import { Feed } from "./feed.ts";
import type { Said, Wanted } from "./said.ts";

/** A tab that crashed says no good-bye. One that lives speaks every 50 s, or every minute where the browser slows its timers. */
const SILENT_MS = 150_000;

interface Tab {
  views: readonly string[];
  spoke: number;
}

const tabs = new Map<MessagePort, Tab>();
let mode: Said | null = null;
let who = "";

const feed = new Feed((said) => {
  if (said.event === "mode") mode = said;
  if (said.event === "tick") forgetSilent();
  tell(said);
});

addEventListener("connect", (event) => {
  const port = (event as MessageEvent).ports[0];
  if (port === undefined) return;
  port.onmessage = ({ data: wanted }: MessageEvent<Wanted>) => {
    const tab = tabs.get(port);
    if (wanted === "here") {
      if (tab !== undefined) tab.spoke = Date.now();
      return;
    }
    if (wanted.views.length > 0 && wanted.who !== who) supersede(wanted.who);
    tabs.set(port, { views: wanted.views, spoke: Date.now() });
    if (mode !== null && wanted.views.length > 0) port.postMessage(mode);
    watch();
  };
});

/** The session of this browser became somebody else's: the stream is opened anew, and tabs that show the old one's data must not. */
function supersede(now: string): void {
  if (who !== "") tell({ event: "superseded" });
  tabs.clear();
  feed.watch([]);
  [who, mode] = [now, null];
}

function forgetSilent(): void {
  const silent = [...tabs].filter(([, tab]) => Date.now() - tab.spoke > SILENT_MS);
  for (const [port] of silent) tabs.delete(port);
  if (silent.length > 0) watch();
}

function watch(): void {
  feed.watch([...new Set([...tabs.values()].flatMap((tab) => tab.views))]);
}

function tell(said: Said): void {
  for (const [port, { views }] of tabs) {
    if (views.length > 0) port.postMessage(said);
  }
}
