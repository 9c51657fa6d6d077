// Something that a form asks of the gateway: one at a time, with what stood against the last.

import { useRef, useState } from "preact/hooks";
import { Problem } from "./ask.ts";

export interface Sending {
  busy: boolean;
  trouble: Problem | null;
  /** Runs `ask` unless another is under way; true when the gateway did it. A second tap is the same wish. */
  run: (ask: () => Promise<void>) => Promise<boolean>;
}

export function useSending(): Sending {
  const [state, become] = useState<{ busy: boolean; trouble: Problem | null }>({ busy: false, trouble: null });
  const busy = useRef(false);
  const run = async (ask: () => Promise<void>) => {
    if (busy.current) return false;
    busy.current = true;
    become({ busy: true, trouble: null });
    try {
      await ask();
      become({ busy: false, trouble: null });
      return true;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      become({ busy: false, trouble: error });
      return false;
    } finally {
      busy.current = false;
    }
  };
  return { ...state, run };
}
