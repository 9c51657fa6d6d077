// Detectors of the gateway's list, page after page, for as long as somebody looks at them.

import { useEffect, useRef, useState } from "preact/hooks";
import { get, Problem } from "./ask.ts";
import type { Detector, Detectors } from "./detector_shapes.ts";

/** As many as one question asks for. */
const PAGE = 200;

/** `rows` are those heard of last; null before the first answer to this question. */
export interface Found {
  rows: readonly Detector[] | null;
  total: number;
  trouble: Problem | null;
  again: () => void;
}

/**
 * Reads the detectors that fit `query` (as in an address; null: nothing), the first `wanted` of them, now and every `everyMs`
 * while the tab is seen. What was heard stays until it is heard anew.
 */
export function useDetectors(query: string | null, wanted: number, everyMs: number): Found {
  const [said, say] = useState<Omit<Found, "again"> & { query: string | null }>(NOTHING);
  const look = useRef<() => void>(() => undefined);

  useEffect(() => {
    if (query === null) return;
    let [left, asking] = [false, false];
    const ask = async () => {
      if (asking || document.hidden) return;
      asking = true;
      try {
        const found = await read(query, wanted);
        if (!left) say({ query, ...found, trouble: null });
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        if (!left) say((before) => ({ ...(before.query === query ? before : NOTHING), query, trouble: error }));
      } finally {
        asking = false;
      }
    };
    const mine = (look.current = () => void ask());
    mine();
    const timer = setInterval(mine, everyMs);
    document.addEventListener("visibilitychange", mine);
    return () => {
      left = true;
      clearInterval(timer);
      document.removeEventListener("visibilitychange", mine);
    };
  }, [query, wanted, everyMs]);

  const current = said.query === query ? said : NOTHING;
  return { rows: current.rows, total: current.total, trouble: current.trouble, again: () => look.current() };
}

async function read(query: string, wanted: number): Promise<{ rows: Detector[]; total: number }> {
  const rows: Detector[] = [];
  let after = "";
  for (;;) {
    const limit = Math.min(PAGE, wanted - rows.length);
    const from = after === "" ? "" : `&after=${encodeURIComponent(after)}`;
    const page = await get<Detectors>(`detectors?${query}&limit=${limit}${from}`);
    rows.push(...page.detectors);
    if (page.next === null || rows.length >= wanted) return { rows, total: page.total };
    after = page.next;
  }
}

const NOTHING = { query: null, rows: null, total: 0, trouble: null };
