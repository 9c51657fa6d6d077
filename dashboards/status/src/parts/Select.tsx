// One of many, by its name.

import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { marks, useWrong, WrongNote } from "./Form.tsx";

interface Asked {
  label: string;
  options: readonly (readonly [id: string, name: string])[];
  chosen: Signal<string>;
  /** What the gateway calls it in the body that is sent. */
  name?: string;
  /** What stands for none; left out where one must be chosen and is. */
  none?: string;
  required?: boolean;
}

export function Select({ label, options, chosen, name = "", none, required = false }: Asked) {
  const id = useId();
  const wrong = useWrong(name);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        required={required}
        {...marks(`${id}-wrong`, wrong)}
        value={chosen.value}
        onChange={(event) => (chosen.value = event.currentTarget.value)}
      >
        {none !== undefined && <option value="">{none}</option>}
        {options.map(([one, word]) => (
          <option key={one} value={one}>
            {word}
          </option>
        ))}
      </select>
      <WrongNote id={`${id}-wrong`} said={wrong} />
    </div>
  );
}
