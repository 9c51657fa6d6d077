// Some of many: a search, and boxes to tick. What is ticked stays in sight.

import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { t } from "../texts.ts";
import { useWrong, WrongNote } from "./Form.tsx";

export interface Choice {
  id: string;
  label: string;
  /** Of another building than the one it is about: seldom meant, so it is folded away and marked. */
  away?: boolean;
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
  const open = fitting.filter(({ id: one }) => !ticked.has(one)).slice(0, SHOWN);
  const shown = [...choices.filter(({ id: one }) => ticked.has(one)), ...open.filter(({ away }) => away !== true)];
  const away = open.filter((choice) => choice.away === true);
  const hidden = fitting.length - fitting.filter(({ id: one }) => ticked.has(one)).length - SHOWN;
  const turn = (one: string, on: boolean) => {
    chosen.value = on ? [...chosen.value, one] : chosen.value.filter((other) => other !== one);
  };
  const box = (choice: Choice) => (
    <label key={choice.id}>
      <input type="checkbox" checked={ticked.has(choice.id)} onChange={(event) => turn(choice.id, event.currentTarget.checked)} />
      <span>
        {choice.label}
        {choice.away === true && <b class="picker-away">{t("picker.away_one")}</b>}
      </span>
    </label>
  );
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
        {shown.map(box)}
        {away.length > 0 && (
          <details open={wanted.value !== ""}>
            <summary>{t("picker.away", { n: away.length })}</summary>
            {away.map(box)}
          </details>
        )}
        {hidden > 0 && <p class="empty">{t("picker.more", { n: hidden })}</p>}
      </div>
      <WrongNote id={id} said={wrong} />
    </fieldset>
  );
}
