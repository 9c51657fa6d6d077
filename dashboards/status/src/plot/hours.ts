// A day's history gathered by the hour, for the table.

import type { History } from "../shapes.ts";

const HOUR_MS = 60 * 60 * 1000;

export interface Hour {
  /** ms since 1970 */
  start: number;
  min: number | null;
  mean: number | null;
  max: number | null;
  last: number | null;
}

/** The hours of the history, newest first; null where nothing was heard. */
export function byHour(history: History): Hour[] {
  const buckets = new Map<number, number[]>();
  history.t.forEach((at, index) => {
    const start = Math.floor((at * 1000) / HOUR_MS) * HOUR_MS;
    buckets.set(start, [...(buckets.get(start) ?? []), index]);
  });
  return [...buckets].reverse().map(([start, indices]) => {
    const of = (column: (number | null)[]) => indices.flatMap((index) => column[index] ?? []);
    const [means, lasts] = [of(history.mean), of(history.last)];
    return {
      start,
      min: means.length > 0 ? Math.min(...of(history.min)) : null,
      mean: means.length > 0 ? means.reduce((sum, one) => sum + one, 0) / means.length : null,
      max: means.length > 0 ? Math.max(...of(history.max)) : null,
      last: lasts[lasts.length - 1] ?? null,
    };
  });
}

/** Whether the history holds no value at all. */
export function isEmpty(history: History): boolean {
  return history.last.every((value) => value === null);
}
