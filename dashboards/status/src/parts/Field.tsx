// One line of a form: what is asked, and the field.

import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";

interface Asked {
  label: string;
  value: Signal<string>;
  note?: string;
  type?: "text" | "datetime-local";
  required?: boolean;
  maxLength?: number;
}

export function Field({ label, value, note, type = "text", required = false, maxLength = 80 }: Asked) {
  const id = useId();
  const shared = {
    id,
    required,
    maxLength,
    autoComplete: "off",
    "aria-describedby": note === undefined ? undefined : `${id}-note`,
    value: value.value,
    onInput: (event: { currentTarget: HTMLInputElement }) => {
      value.value = event.currentTarget.value;
    },
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === "text" ? <input type="text" {...shared} /> : <input type="datetime-local" {...shared} />}
      {note !== undefined && (
        <small id={`${id}-note`} class="field-note">
          {note}
        </small>
      )}
    </div>
  );
}
