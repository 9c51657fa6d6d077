// One of a few, by one tap.

import type { Signal } from "@preact/signals";

interface Asked<T> {
  label: string;
  options: readonly (readonly [T, string])[];
  chosen: Signal<T>;
}

export function Chips<T extends string | number | boolean | null>({ label, options, chosen }: Asked<T>) {
  return (
    <div class="chips" role="group" aria-label={label}>
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
  );
}
