// The compound's time zone. Every time on the page is shown and typed in it: who looks from far away reads the clock of the gate.

import { computed } from "@preact/signals";
import { session } from "../store/session.ts";

export interface Local {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** Its IANA name; before anybody is signed in, this device's. */
export const zone = computed(() =>
  session.value.state === "in" ? session.value.me.timezone : Intl.DateTimeFormat().resolvedOptions().timeZone,
);

const clock = computed(
  () =>
    new Intl.DateTimeFormat("en", {
      timeZone: zone.value,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    }),
);

/** What calendar and clock show there at `at` (ms since 1970). */
export function local(at: number): Local {
  const parts = clock.value.formatToParts(at).map(({ type, value }) => [type, Number(value)] as const);
  return Object.fromEntries(parts) as unknown as Local;
}

/** When it is that time there, in ms since 1970. "2026-11-22" is the first moment of the day, "2026-11-22T08:00" a minute. */
export function instant(said: string): number {
  const wanted = Date.parse(`${said.length > 10 ? said : `${said}T00:00`}Z`);
  const first = wanted - ahead(wanted);
  // On the day of a change of clocks the first guess may lie on its other side.
  return wanted - ahead(first);
}

/** A moment as a field for local date and time takes it. */
export function localField(at: number): string {
  const { year, month, day, hour, minute } = local(at);
  return `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
}

/** What such a field holds, as the gateway takes it. */
export function sent(field: string): string {
  return new Date(instant(field)).toISOString();
}

/** By how many ms the clock there is ahead of UTC. */
function ahead(at: number): number {
  const { year, month, day, hour, minute, second } = local(at);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
