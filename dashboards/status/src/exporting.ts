// A CSV file on its way: how much has come, how it ended, and a way to stop.

import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "./ask.ts";
import { download } from "./download.ts";
import { size } from "./show/value.ts";
import { t } from "./texts.ts";

export interface Exporting {
  /** What has come so far; null while nothing is under way. */
  bytes: number | null;
  /** How the last one ended, in words. */
  said: string;
  start: (address: string) => Promise<void>;
  cancel: () => void;
}

/** One file at a time, which is given up when the component goes. */
export function useExporting(): Exporting {
  const [bytes, count] = useState<number | null>(null);
  const [said, say] = useState("");
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const start = async (address: string) => {
    const cancel = (running.current = new AbortController());
    let received = 0;
    count(0);
    say("");
    try {
      await download(address, cancel.signal, (soFar) => count((received = soFar)));
      say(t("export.done", { size: size(received) }));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      say(cancel.signal.aborted ? t("export.cancelled") : t("export.failed", { why: error.message }));
    } finally {
      count(null);
    }
  };
  return { bytes, said, start, cancel: () => running.current?.abort() };
}
