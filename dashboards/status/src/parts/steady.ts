// The order of rows on a screen that someone touches: nothing moves under the finger.

/**
 * The rows to show. While `held`, rows keep their places, those that are over stay where they were, and new ones come
 * last; else the `wanted` order stands.
 */
export function arrange<Row extends { number: number }>(
  shown: readonly Row[],
  wanted: readonly Row[],
  held: boolean,
): Row[] {
  if (!held) return [...wanted];
  const now = new Map(wanted.map((row) => [row.number, row]));
  const before = new Set(shown.map((row) => row.number));
  return [...shown.map((row) => now.get(row.number) ?? row), ...wanted.filter((row) => !before.has(row.number))];
}

/** Whether a row that stays would move, so that a tap already on its way would land on another one. */
export function moves(before: readonly { number: number }[], after: readonly { number: number }[]): boolean {
  return before.some((row, index) => {
    const place = after.findIndex((other) => other.number === row.number);
    return place >= 0 && place !== index;
  });
}
