// One wish to the gateway that must be granted at most once: how it stands, never more than the gateway said.

import { signal, type Signal } from "@preact/signals";
import { Problem } from "../ask.ts";

export type Step<T> =
  | { at: "asking" }
  | { at: "sent" }
  | { at: "answered"; answer: T }
  | { at: "refused"; problem: Problem };

export interface Wish<T> {
  step: Signal<Step<T>>;
  /** The name of the wish: sent with every try, so that the gateway does it once. */
  request: string;
  /** Sends it, unless it is under way or granted. */
  send: (ask: (request: string) => Promise<T>) => Promise<void>;
}

export function makeWish<T>(): Wish<T> {
  const step = signal<Step<T>>({ at: "asking" });
  const request = newName();
  const send = async (ask: (request: string) => Promise<T>) => {
    if (step.value.at === "sent" || step.value.at === "answered") return; // a second tap is the same wish
    step.value = { at: "sent" };
    try {
      step.value = { at: "answered", answer: await ask(request) };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      step.value = { at: "refused", problem: error };
    }
  };
  return { step, request, send };
}

/** 128 random bits. `crypto.randomUUID` is there on HTTPS alone, and a gateway in a building often has none. */
function newName(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
