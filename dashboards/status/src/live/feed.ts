// One stream from the gateway, kept alive: reopened when it falls silent, replaced by polling while it cannot be had.

import { get, Problem } from "../ask.ts";
import type { Snapshot } from "../shapes.ts";
import type { Mode, Said } from "./said.ts";

// "link" says nothing that the deltas of its view do not; after "resync" come snapshots, which speak for themselves.
const STREAMED = ["snapshot", "delta", "alarm", "tick"] as const;

const LOOK_EVERY_MS = 3_000;
/** The gateway ticks every 5 s; a stream that misses one tick is no longer believed. */
const SILENT_AFTER_MS = 8_000;
/** A half-open connection never reports an error, so a silent stream is closed and asked for again. */
const REOPEN_AFTER_MS = 15_000;

export class Feed {
  #views: string[] = [];
  #stream: EventSource | null = null;
  #mode: Mode | null = null;
  #heard = 0;
  #opened = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #polling = false;

  constructor(private readonly say: (said: Said) => void) {}

  /** Asks for fresh snapshots of `views` and what changes in them; for none, closes. */
  watch(views: readonly string[]): void {
    this.#views = [...views];
    this.#close();
    if (views.length === 0) {
      this.#mode = null; // after a sleep nothing is known until it is heard again
      return;
    }
    if (this.#mode !== "live") this.#enter("connecting");
    this.#open();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  #open(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#opened = Date.now();
    if (typeof EventSource === "undefined") return void this.#poll();
    const views = this.#views.map((view) => `view=${encodeURIComponent(view)}`).join("&");
    const stream = new EventSource(`/api/v1/stream?${views}`);
    this.#stream = stream;
    for (const event of STREAMED) {
      stream.addEventListener(event, (message) => {
        this.#heard = Date.now();
        this.#enter("live");
        this.say({ event, data: JSON.parse((message as MessageEvent<string>).data) } as Said);
      });
    }
    // The browser reconnects by itself after a lost connection (with Last-Event-ID); a refusal is final and ours to examine.
    stream.onerror = () => {
      if (stream !== this.#stream) return;
      if (stream.readyState === EventSource.CLOSED) void this.#poll();
      else if (this.#mode === "live") this.#enter("lost");
    };
  }

  #close(): void {
    clearInterval(this.#timer);
    this.#stream?.close();
    this.#stream = null;
  }

  #look(): void {
    const now = Date.now();
    const since = Math.max(this.#heard, this.#opened);
    const broken = this.#stream === null || this.#stream.readyState === EventSource.CLOSED;
    if (broken || now - since > SILENT_AFTER_MS || this.#mode === "polling" || this.#mode === "lost") void this.#poll();
    if (now - since > REOPEN_AFTER_MS) this.#open();
  }

  async #poll(): Promise<void> {
    if (this.#polling) return;
    this.#polling = true;
    const asked = Date.now();
    try {
      for (const view of this.#views) {
        const snapshot = await read(view);
        if (this.#heard > asked || !this.#views.includes(view)) return; // the stream or the page went on meanwhile
        this.#enter("polling");
        if (snapshot === null) this.#forget(view);
        else this.say({ event: "snapshot", data: snapshot });
      }
    } catch (error) {
      if (this.#heard > asked) return;
      const refused = error instanceof Problem && error.status === 401;
      if (refused) this.#close();
      this.#enter(refused ? "refused" : "lost");
    } finally {
      this.#polling = false;
    }
  }

  /** Leaves out a view that the gateway does not have, which would else cost the others their stream. */
  #forget(view: string): void {
    this.say({ event: "gone", data: view });
    this.#views = this.#views.filter((one) => one !== view);
    this.#open();
  }

  #enter(mode: Mode): void {
    if (mode === this.#mode) return;
    this.#mode = mode;
    this.say({ event: "mode", data: mode });
  }
}

/** The view's body by an ordinary request; null where there is no such thing. */
async function read(view: string): Promise<Snapshot | null> {
  const [kind, id] = view.split(":") as [string, string?];
  const path = id === undefined ? kind : `${kind}s/${encodeURIComponent(id)}`;
  try {
    return { ...(await get<Snapshot>(path)), view } as Snapshot;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}
