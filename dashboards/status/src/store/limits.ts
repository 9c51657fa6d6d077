// How long there is left for each alarm: the limit of its incident that ends first.

import { useEffect, useMemo } from "preact/hooks";
import { useAsked } from "../asked.ts";
import type { Incidents, Limit } from "../incident_shapes.ts";
import type { Alarm } from "../shapes.ts";
import { pressing } from "../show/limit.ts";
import { mayAnswer } from "./session.ts";

const EVERY_MS = 10_000;

/** Limits by the number of the alarm, for these that are shown. Who may not see incidents sees no limits. */
export function useLimits(alarms: readonly Alarm[]): ReadonlyMap<number, Limit> {
  const { value, again } = useAsked<Incidents>(alarms.length > 0 && mayAnswer() ? "incidents" : null, EVERY_MS);
  // What becomes critical has less time from then on: the old limit must not stand beside it.
  const critical = alarms.filter(({ priority }) => priority === 1).map(({ number }) => number);
  useEffect(again, [critical.join()]);
  return useMemo(() => {
    const limits = new Map<number, Limit>();
    for (const incident of value?.incidents ?? []) {
      const limit = pressing(incident);
      if (limit !== null) for (const alarm of incident.alarms) limits.set(alarm, limit);
    }
    return limits;
  }, [value]);
}
