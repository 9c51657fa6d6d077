// Why something is done: a few offered words by one tap, or one's own.

import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../texts.ts";

/** The longest reason that the gateway takes. */
const LONGEST = 500;

interface Asked {
  reason: Signal<string>;
  offered: readonly string[];
  label?: string;
}

export function Reason({ reason, offered, label = t("reason.ask") }: Asked) {
  const id = useId();
  return (
    <div class="reason">
      <label for={id}>{label}</label>
      <div class="chips">
        {offered.map((one) => (
          <button
            key={one}
            type="button"
            class="chip"
            aria-pressed={reason.value === one}
            onClick={() => (reason.value = one)}
          >
            {one}
          </button>
        ))}
      </div>
      <input
        id={id}
        maxLength={LONGEST}
        autoComplete="off"
        value={reason.value}
        onInput={(event) => (reason.value = event.currentTarget.value)}
      />
    </div>
  );
}
