// An answer of the gateway for as long as a component shows it: asked once, or again and again while the tab is seen.

import { useEffect, useRef, useState } from "preact/hooks";
import { get, Problem } from "./ask.ts";

/** `value` is the last answer, `trouble` why there is no newer one; `again` asks at once. */
export interface Asked<T> {
  value: T | null;
  trouble: Problem | null;
  again: () => void;
}

/** Reads `path` (null: nothing) now and every `everyMs` (0: once). The answer to an earlier path is never shown for a later one. */
export function useAsked<T>(path: string | null, everyMs = 0): Asked<T> {
  const [said, say] = useState<{ path: string | null; value: T | null; trouble: Problem | null }>(NOTHING);
  const look = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (path === null) return;
    let [left, asking] = [false, false];
    const ask = async () => {
      if (asking || document.hidden) return;
      asking = true;
      try {
        const value = await get<T>(path);
        if (!left) say({ path, value, trouble: null });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (!left) say((before) => ({ path, value: before.path === path ? before.value : null, trouble: error }));
      } finally {
        asking = false;
      }
    };
    look.current = () => void ask();
    look.current();
    const timer = everyMs === 0 ? undefined : setInterval(look.current, everyMs);
    document.addEventListener("visibilitychange", look.current);
    const mine = look.current;
    return () => {
      left = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", mine);
    };
  }, [path, everyMs]);

  const current = said.path === path ? said : NOTHING;
  return { value: current.value, trouble: current.trouble, again: () => look.current() };
}

const NOTHING = { path: null, value: null, trouble: null };
