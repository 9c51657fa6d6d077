// One of a few, by one tap.

import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { useWrong, WrongNote } from "./Form.tsx";

interface Asked<T> {
  label: string;
  options: readonly (readonly [T, string])[];
  chosen: Signal<T>;
  /** What the gateway calls it in the body that is sent; null is no choice there. */
  name?: string;
}

export function Chips<T extends string | number | boolean | null>({ label, options, chosen, name = "" }: Asked<T>) {
  const id = useId();
  const wrong = useWrong(name);
  return (
    <fieldset
      class="choice"
      name={name}
      aria-label={label}
      aria-describedby={wrong === null ? undefined : id}
      tabIndex={-1}
      data-missing={(name !== "" && chosen.value === null) || undefined}
      data-wrong={wrong !== null || undefined}
    >
      <div class="chips">
        {options.map(([one, word]) => (
          <button
            key={String(one)}
            type="button"
            class="chip"
            aria-pressed={chosen.value === one}
            onClick={() => (chosen.value = one)}
          >
            {word}
          </button>
        ))}
      </div>
      <WrongNote id={id} said={wrong} />
    </fieldset>
  );
}
