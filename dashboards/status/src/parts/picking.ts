// Choosing several alarms of a list, one by one or all between two.

import { type Signal, signal } from "@preact/signals";
import type { Alarm } from "../shapes.ts";

/** The alarms chosen in a list, by number; `on` says whether there is anything to choose. */
export interface Picking {
  on: Signal<boolean>;
  chosen: Signal<ReadonlySet<number>>;
  /** The one that was tapped last: where a range begins. */
  anchor: Signal<number | null>;
}

/** Nothing chosen. */
export function makePicking(): Picking {
  return { on: signal(false), chosen: signal(new Set()), anchor: signal(null) };
}

/** Whether an alarm may be answered together with others: a P1 wants a look of its own. */
export function isPickable(alarm: Alarm): boolean {
  return alarm.priority > 1 && alarm.state !== "A";
}

/** Chooses these alarms or leaves them out; from the one tapped before on when it is a `range` in a list of `order`. */
export function pick(picking: Picking, alarms: readonly Alarm[], range: boolean, order: readonly Alarm[]): void {
  const wanted = alarms.filter(isPickable);
  const last = wanted[wanted.length - 1];
  if (last === undefined) return;
  const next = new Set(picking.chosen.value);
  const adding = !wanted.every((alarm) => next.has(alarm.number));
  for (const alarm of range ? between(picking.anchor.value, last.number, order) : wanted) {
    if (adding || range) next.add(alarm.number);
    else next.delete(alarm.number);
  }
  picking.anchor.value = last.number;
  picking.chosen.value = next;
}

function between(from: number | null, to: number, order: readonly Alarm[]): Alarm[] {
  const places = [from, to].map((number) => order.findIndex((alarm) => alarm.number === number)).filter((place) => place >= 0);
  return order.slice(Math.min(...places), Math.max(...places) + 1).filter(isPickable);
}
