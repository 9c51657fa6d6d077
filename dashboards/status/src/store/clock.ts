// What time it is for the gateway, and how old its data are. Ages are told by the gateway's clock, never by this device's.

import { signal } from "@preact/signals";

/** The gateway's time in ms since 1970, moved on once a second. */
export const now = signal(Date.now());
/** Whether the gateway's clock is set. */
export const trusted = signal(true);
/** The gateway's time of the newest word from it; null before the first. */
export const heard = signal<number | null>(null);

let ahead = 0;

setInterval(() => {
  now.value = Date.now() + ahead;
}, 1_000);

/** Takes the gateway's own time. */
export function told(iso: string, isTrusted: boolean): void {
  ahead = Date.parse(iso) - Date.now();
  trusted.value = isTrusted;
  hear();
}

/** Notes that the gateway spoke just now. */
export function hear(): void {
  now.value = heard.value = Date.now() + ahead;
}
