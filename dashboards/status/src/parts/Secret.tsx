// A password or PIN: hidden until it is asked to be shown, and a word when the capitals are locked.

import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../texts.ts";
import { useWrong, WrongNote } from "./Form.tsx";

interface Asked {
  label: string;
  value: Signal<string>;
  /** What the gateway calls it in the body that is sent: its objections are shown here. */
  name: string;
  /** For the browser's password keeper. */
  complete: "current-password" | "new-password" | "off";
  note?: string;
  minLength?: number;
  required?: boolean;
  /** A PIN: digits alone, and a phone's number pad. */
  digits?: boolean;
}

const LONGEST = 256;
const LONGEST_PIN = 8;

export function Secret({ label, value, name, complete, note = "", minLength, required = true, digits = false }: Asked) {
  const id = useId();
  const [shown, capitals] = [useSignal(false), useSignal(false)];
  const wrong = useWrong(name);
  const describedBy = [note !== "" && `${id}-note`, wrong !== null && `${id}-wrong`].filter(Boolean).join(" ");
  const heard = (event: KeyboardEvent) => {
    capitals.value = !digits && event.getModifierState("CapsLock");
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="secret">
        <input
          id={id}
          name={name}
          type={(shown.value ? "text" : "password") as "password"} // the same element, so that nothing typed is lost
          required={required}
          minLength={minLength}
          maxLength={digits ? LONGEST_PIN : LONGEST}
          inputMode={digits ? "numeric" : undefined}
          pattern={digits ? "\\d+" : undefined}
          autoComplete={complete}
          autoCapitalize="off"
          spellcheck={false}
          aria-invalid={wrong !== null || undefined}
          aria-describedby={describedBy || undefined}
          data-wrong={wrong !== null || undefined}
          value={value.value}
          onInput={(event) => (value.value = event.currentTarget.value)}
          onKeyDown={heard}
          onKeyUp={heard}
        />
        <button type="button" class="tool edged" aria-pressed={shown.value} onClick={() => (shown.value = !shown.value)}>
          {t(shown.value ? "secret.hide" : "secret.show")}
        </button>
      </div>
      {capitals.value && (
        <small class="wrong" role="status">
          {t("secret.capitals")}
        </small>
      )}
      <WrongNote id={`${id}-wrong`} said={wrong} />
      {note !== "" && (
        <small id={`${id}-note`} class="field-note">
          {note}
        </small>
      )}
    </div>
  );
}
