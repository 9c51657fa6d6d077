// One of many, by its name.

import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";

interface Asked {
  label: string;
  options: readonly (readonly [id: string, name: string])[];
  chosen: Signal<string>;
  /** What stands for none; left out where one must be chosen and is. */
  none?: string;
  required?: boolean;
}

export function Select({ label, options, chosen, none, required = false }: Asked) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} required={required} value={chosen.value} onChange={(event) => (chosen.value = event.currentTarget.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {options.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
