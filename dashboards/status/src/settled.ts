// What somebody types, once he has stopped typing: a question for each letter would be many.

import { useEffect, useState } from "preact/hooks";

/** `value` as it was `afterMs` ago, when it has not changed since. */
export function useSettled(value: string, afterMs: number): string {
  const [settled, settle] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => settle(value), afterMs);
    return () => clearTimeout(timer);
  }, [value, afterMs]);
  return settled;
}
