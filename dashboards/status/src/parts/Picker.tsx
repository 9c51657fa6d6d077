// Some of many: a search, and boxes to tick. What is ticked stays in sight.

import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../texts.ts";
import { useWrong, WrongNote } from "./Form.tsx";

export interface Choice {
  id: string;
  label: string;
}

/** So many choices need no search. */
const FEW = 8;
/** So many are shown until something is searched for. */
const SHOWN = 60;

interface Asked {
  label: string;
  choices: readonly Choice[];
  chosen: Signal<readonly string[]>;
  /** What the gateway calls it in the body that is sent. */
  name?: string;
  required?: boolean;
}

export function Picker({ label, choices, chosen, name = "", required = false }: Asked) {
  const id = useId();
  const wrong = useWrong(name);
  const wanted = useSignal("");
  const ticked = new Set(chosen.value);
  const words = wanted.value.toLowerCase().split(/\s+/);
  const fitting = choices.filter(({ id: one, label: said }) => words.every((word) => `${said} ${one}`.toLowerCase().includes(word)));
  const shown = [
    ...choices.filter(({ id: one }) => ticked.has(one)),
    ...fitting.filter(({ id: one }) => !ticked.has(one)).slice(0, SHOWN),
  ];
  const hidden = fitting.length - fitting.filter(({ id: one }) => ticked.has(one)).length - SHOWN;
  const turn = (one: string, on: boolean) => {
    chosen.value = on ? [...chosen.value, one] : chosen.value.filter((other) => other !== one);
  };
  return (
    <fieldset
      class="picker"
      name={name}
      aria-describedby={wrong === null ? undefined : id}
      tabIndex={-1}
      data-missing={(required && ticked.size === 0) || undefined}
      data-wrong={wrong !== null || undefined}
    >
      <legend>{label}</legend>
      {choices.length > FEW && (
        <input
          type="search"
          aria-label={t("picker.search", { what: label })}
          placeholder={t("picker.search", { what: label })}
          value={wanted.value}
          onInput={(event) => (wanted.value = event.currentTarget.value)}
        />
      )}
      <div class="picker-choices">
        {choices.length === 0 && <p class="empty">{t("picker.none")}</p>}
        {shown.map(({ id: one, label: said }) => (
          <label key={one}>
            <input type="checkbox" checked={ticked.has(one)} onChange={(event) => turn(one, event.currentTarget.checked)} />
            <span>{said}</span>
          </label>
        ))}
        {hidden > 0 && <p class="empty">{t("picker.more", { n: hidden })}</p>}
      </div>
      <WrongNote id={id} said={wrong} />
    </fieldset>
  );
}
