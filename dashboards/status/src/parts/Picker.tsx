// Some of many: a search, and boxes to tick. What is ticked stays in sight.

import { type Signal, useSignal } from "@preact/signals";
import { t } from "../texts.ts";

export interface Choice {
  id: string;
  label: string;
}

/** So many choices need no search. */
const FEW = 8;
/** So many are shown until something is searched for. */
const SHOWN = 60;

export function Picker({ label, choices, chosen }: { label: string; choices: readonly Choice[]; chosen: Signal<readonly string[]> }) {
  const wanted = useSignal("");
  const ticked = new Set(chosen.value);
  const words = wanted.value.toLowerCase().split(/\s+/);
  const fitting = choices.filter(({ id, label: name }) => words.every((word) => `${name} ${id}`.toLowerCase().includes(word)));
  const shown = [
    ...choices.filter(({ id }) => ticked.has(id)),
    ...fitting.filter(({ id }) => !ticked.has(id)).slice(0, SHOWN),
  ];
  const hidden = fitting.length - fitting.filter(({ id }) => ticked.has(id)).length - SHOWN;
  const turn = (id: string, on: boolean) => {
    chosen.value = on ? [...chosen.value, id] : chosen.value.filter((one) => one !== id);
  };
  return (
    <fieldset class="picker">
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
        {shown.map(({ id, label: name }) => (
          <label key={id}>
            <input type="checkbox" checked={ticked.has(id)} onChange={(event) => turn(id, event.currentTarget.checked)} />
            <span>{name}</span>
          </label>
        ))}
        {hidden > 0 && <p class="empty">{t("picker.more", { n: hidden })}</p>}
      </div>
    </fieldset>
  );
}
