// Stores and what they lost, in words.

import { lookup } from "../texts.ts";

/** Why values were dropped, the commonest reason first, and how many. */
export function lost(counts: Readonly<Record<string, number>>): [reasons: string, values: number] {
  const some = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a);
  return [
    some.map(([reason]) => lookup(`lost.${reason}`, reason)).join(" · "),
    some.reduce((sum, [, count]) => sum + count, 0),
  ];
}
