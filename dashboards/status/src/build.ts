// Which build of the page is open. After an upgrade the gateway has another one, and pieces of this one are no longer there.

import { signal } from "@preact/signals";

/** Whether a newer page is there than the one that is open. */
export const renewed = signal(false);

const NAMED = /<meta name="build" content="([^"]*)"/;
const RELOADED = "gridpost.reloaded";
/** A page that is still the old one after it was reloaded is reloaded again this much later, and not at once for ever. */
const AGAIN_MS = 60_000;

const mine = document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content ?? "";

/** Takes the name of the page that the gateway has now. */
export function compare(theirs: string): void {
  if (theirs !== "" && theirs !== mine) renewed.value = true;
}

/** Whether somebody types or is asked something here: a reload would take it away from him. */
export function isInUse(): boolean {
  return document.querySelector("dialog, form") !== null;
}

/** Reloads the page without being asked; false where that was done a moment ago and did not help. */
export function reload(): boolean {
  try {
    if (Date.now() - Number(sessionStorage.getItem(RELOADED)) < AGAIN_MS) return false;
    sessionStorage.setItem(RELOADED, String(Date.now()));
  } catch {
    return false; // a browser that keeps nothing would go round for ever
  }
  location.reload();
  return true;
}

/** Runs `load`, which fetches pieces of the page. Where they cannot be had because the page is old, `renewed` says so. */
export async function fetched<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    compare(await current());
    throw error;
  }
}

/** The name of the page that the gateway has now; "" where it does not answer. */
async function current(): Promise<string> {
  try {
    const answer = await fetch("/", { cache: "no-store" });
    return NAMED.exec(await answer.text())?.[1] ?? "";
  } catch {
    return "";
  }
}
