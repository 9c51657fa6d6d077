// How long there is left for each alarm: the limit of its incident that ends first.

import { useMemo } from "preact/hooks";
import { useAsked } from "../asked.ts";
import type { Incidents, Limit } from "../incident_shapes.ts";
import { pressing } from "../show/limit.ts";
import { mayAnswer } from "./session.ts";

const EVERY_MS = 10_000;

/** Limits by the number of the alarm, asked for while `wanted`. Who may not see incidents sees no limits. */
export function useLimits(wanted: boolean): ReadonlyMap<number, Limit> {
  const { value } = useAsked<Incidents>(wanted && mayAnswer() ? "incidents" : null, EVERY_MS);
  return useMemo(() => {
    const limits = new Map<number, Limit>();
    for (const incident of value?.incidents ?? []) {
      const limit = pressing(incident);
      if (limit !== null) for (const alarm of incident.alarms) limits.set(alarm, limit);
    }
    return limits;
  }, [value]);
}
