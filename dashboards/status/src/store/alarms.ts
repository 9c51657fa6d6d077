// The alarms that are not over, and what this page is asking the gateway to do about them.

import { computed, signal } from "@preact/signals";
import { get, post, Problem } from "../ask.ts";
import type { AlarmWithHistory } from "../answering_shapes.ts";
import type { Alarm } from "../shapes.ts";

/**
 * How a request about an alarm stands; it never claims more than the gateway said. "beaten": somebody else was first. "asked":
 * the gateway wants a word of what was seen there before it does it.
 */
export type Request =
  | { step: "sending" }
  | { step: "failed"; status: number; code: string; why: string; act: Act }
  | { step: "beaten"; by: string; at: string | null }
  | { step: "asked"; act: Act };
export type Act = "ack" | "reset";

/** Alarms that are not normal, by number. */
export const open = signal<ReadonlyMap<number, Alarm>>(new Map());
/** Requests under way or failed, by alarm number. */
export const requests = signal<ReadonlyMap<number, Request>>(new Map());

/** Worst first: unanswered, then by priority, then the newest. */
export const sorted = computed(() => [...open.value.values()].filter((alarm) => !isSpared(alarm)).sort(worstFirst));
export const unanswered = computed(() => sorted.value.filter(isUnanswered));
export const answered = computed(() => sorted.value.filter((alarm) => !isUnanswered(alarm)));
/** Alarms that people are spared: paused, said by another alarm, out of service. */
export const spared = computed(() => [...open.value.values()].filter(isSpared).sort(worstFirst));
export const critical = computed(() => unanswered.value.filter((alarm) => alarm.priority === 1 && isEarnest(alarm)));

/** Nobody runs for a test or a trial: it is listed and marked, and that is all. */
export function isEarnest(alarm: Alarm): boolean {
  return !alarm.test && !alarm.trial;
}

export function isUnanswered(alarm: Alarm): boolean {
  return alarm.state === "B" || alarm.state === "D" || alarm.state === "E";
}

function isSpared(alarm: Alarm): boolean {
  return alarm.suppression !== "none";
}

/** Only an answered alarm whose condition is gone waits for nothing but its reset. */
export function canReset(alarm: Alarm): boolean {
  return alarm.state === "F";
}

function worstFirst(a: Alarm, b: Alarm): number {
  return (
    Number(isUnanswered(b)) - Number(isUnanswered(a)) || a.priority - b.priority || b.since.localeCompare(a.since)
  );
}

/** Takes all alarms that are not normal. */
export function replace(alarms: readonly Alarm[]): void {
  open.value = new Map(alarms.map((alarm) => [alarm.number, alarm]));
}

/** Takes one alarm as it is now; a normal one leaves. */
export function change(alarm: Alarm): void {
  const next = new Map(open.value);
  if (alarm.state === "A") next.delete(alarm.number);
  else next.set(alarm.number, alarm);
  open.value = next;
}

/** Every alarm there has been lately, the open ones as they are now. */
export async function all(): Promise<Alarm[]> {
  const { alarms } = await get<{ alarms: Alarm[] }>("alarms?state=all");
  return alarms;
}

/**
 * Asks the gateway to note that someone answers or resets an alarm. Asking again is harmless. `me` is the name that the answer
 * will bear, null where it is not known.
 */
export async function request(alarm: Alarm, act: Act, me: string | null, word = ""): Promise<void> {
  note(alarm.number, { step: "sending" });
  try {
    const now = await post<Alarm>(`alarms/${alarm.number}/${act}`, { note: word });
    change(now);
    const beaten = act === "ack" && me !== null && now.acked_by !== "" && now.acked_by !== me;
    note(alarm.number, beaten ? await first(now) : null);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const asked = error.code === "note_needed" && word === "";
    const failed = { step: "failed", status: error.status, code: error.code, why: error.message, act } as const;
    note(alarm.number, asked ? { step: "asked", act } : failed);
  }
}

/** Forgets how the last request about an alarm ended. */
export function dismiss(alarm: Alarm): void {
  note(alarm.number, null);
}

/** Who took an alarm first, and when as far as its history can be had. */
async function first({ number, acked_by: by }: Alarm): Promise<Request> {
  try {
    const { history } = await get<AlarmWithHistory>(`alarms/${number}`);
    return { step: "beaten", by, at: history.find((step) => step.change === "acked")?.at ?? null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { step: "beaten", by, at: null };
  }
}

function note(number: number, step: Request | null): void {
  const next = new Map(requests.value);
  if (step === null) next.delete(number);
  else next.set(number, step);
  requests.value = next;
}
