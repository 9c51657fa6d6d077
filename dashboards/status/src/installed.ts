// The page on this device: kept for when the gateway cannot be reached, renewed when there is a newer one, and taken away
// when its user signs out. Over plain HTTP a browser keeps nothing, and none of this happens.

import { effect } from "@preact/signals";
import { isInUse, renewed } from "./build.ts";
import { soundOn } from "./sound.ts";
import * as clock from "./store/clock.ts";
import { session } from "./store/session.ts";

const WORKER = "/service-worker.js";
const HEARD = "gridpost.heard";
const NOTE_MS = 30_000;

/** Follows the session: keeps the page for whoever is signed in. */
export function keep(): void {
  effect(() => {
    const current = session.value;
    if (current.state === "in") void register();
    else if (current.state === "out" && current.trouble === "none") void forget();
  });
  let noted = 0;
  effect(() => {
    const at = clock.heard.value;
    if (at === null || at - noted < NOTE_MS) return;
    noted = at;
    remember(String(Date.now()));
  });
  document.addEventListener("visibilitychange", () => {
    // Who looks away loses nothing; but a reload would end the sound that somebody has asked for.
    if (document.hidden && renewed.value && !soundOn.value && !isInUse()) location.reload();
  });
}

/** When the gateway was heard last on this device, in ms since 1970 by its own clock; null for never. */
export function lastHeard(): number | null {
  try {
    return Number(localStorage.getItem(HEARD)) || null;
  } catch {
    return null;
  }
}

async function register(): Promise<void> {
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined) return;
  let isKept = workers.controller !== null;
  workers.addEventListener("controllerchange", () => {
    if (isKept) renewed.value = true;
    isKept = true;
  });
  try {
    await workers.register(WORKER);
  } catch {
    // A browser that forbids it shows the page as long as the gateway does.
  }
}

async function forget(): Promise<void> {
  remember(null);
  const workers = navigator.serviceWorker as ServiceWorkerContainer | undefined;
  if (workers === undefined) return;
  const kept = await workers.getRegistration();
  if (kept === undefined) return;
  await kept.unregister();
  await Promise.all((await caches.keys()).map((name) => caches.delete(name)));
}

function remember(moment: string | null): void {
  try {
    if (moment === null) localStorage.removeItem(HEARD);
    else localStorage.setItem(HEARD, moment);
  } catch {
    // A browser that keeps nothing says "offline" without a time.
  }
}
