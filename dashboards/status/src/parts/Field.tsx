// One line of a form: what is asked, the field, and what is wrong with it.

import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { useWrong, WrongNote } from "./Form.tsx";

/** A whole number, as the browser checks it. */
const WHOLE = "\\s*\\d+\\s*";

interface Asked {
  label: string;
  value: Signal<string>;
  /** What the gateway calls it in the body that is sent: its objections are shown here. */
  name?: string;
  note?: string;
  type?: "text" | "date" | "datetime-local" | "whole";
  required?: boolean;
  minLength?: number;
  maxLength?: number;
}

export function Field({ label, value, name = "", note, type = "text", required = false, minLength, maxLength = 80 }: Asked) {
  const id = useId();
  const wrong = useWrong(name);
  const describedBy = [note !== undefined && `${id}-note`, wrong !== null && `${id}-wrong`].filter(Boolean).join(" ");
  const shared = {
    id,
    name,
    required,
    minLength,
    maxLength,
    autoComplete: "off",
    "aria-describedby": describedBy || undefined,
    "aria-invalid": wrong !== null || undefined,
    "data-wrong": wrong !== null || undefined,
    value: value.value,
    onInput: (event: { currentTarget: HTMLInputElement }) => {
      value.value = event.currentTarget.value;
    },
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === "text" && <input type="text" {...shared} />}
      {type === "whole" && <input type="text" inputMode="numeric" pattern={WHOLE} {...shared} />}
      {type === "date" && <input type="date" {...shared} />}
      {type === "datetime-local" && <input type="datetime-local" {...shared} />}
      <WrongNote id={`${id}-wrong`} said={wrong} />
      {note !== undefined && (
        <small id={`${id}-note`} class="field-note">
          {note}
        </small>
      )}
    </div>
  );
}
