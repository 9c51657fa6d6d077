// Why something is done: a few offered words by one tap, or one's own.

import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../texts.ts";
import { marks, useWrong, WrongNote } from "./Form.tsx";

/** The longest reason that the gateway takes. */
const LONGEST = 500;

interface Asked {
  reason: Signal<string>;
  offered: readonly string[];
  label?: string;
  /** What the gateway calls it in the body that is sent. */
  name?: string;
}

export function Reason({ reason, offered, label = t("reason.ask"), name = "reason" }: Asked) {
  const id = useId();
  const wrong = useWrong(name);
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
        name={name}
        required
        maxLength={LONGEST}
        autoComplete="off"
        {...marks(`${id}-wrong`, wrong)}
        value={reason.value}
        onInput={(event) => (reason.value = event.currentTarget.value)}
      />
      <WrongNote id={`${id}-wrong`} said={wrong} />
    </div>
  );
}
