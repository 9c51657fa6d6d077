// A form that says beside each field what is wrong with it, in the page's language, and keeps what was typed.

import { type ComponentChildren, createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { Problem, Wrong } from "../ask.ts";
import { isOf, sentence, unfit, wrongOf } from "../show/wrong.ts";

interface Mistakes {
  wrong: readonly Wrong[];
  /** The fields that are shown: what is wrong elsewhere is said below the form. */
  shown: Set<string>;
}

export const Mistakes = createContext<Mistakes>({ wrong: [], shown: new Set() });

interface Asked {
  class?: string;
  trouble: Problem | null;
  /** Called when the browser finds nothing wrong with the fields. */
  submit: () => void;
  children: ComponentChildren;
}

export function Form({ class: name, trouble, submit, children }: Asked) {
  const box = useRef<HTMLFormElement>(null);
  const shown = useRef(new Set<string>()).current;
  /** What the browser found; null where the gateway was asked. */
  const [found, find] = useState<readonly Wrong[] | null>(null);
  const [mended, mend] = useState<readonly string[]>([]);
  const [tries, tryAgain] = useState(0);

  // The first wrong field is where somebody goes on.
  useEffect(() => {
    mend([]);
    box.current?.querySelector<HTMLElement>("[data-wrong]")?.focus();
  }, [tries, trouble]);

  const wrong = found ?? wrongOf(trouble).filter(({ path }) => !mended.some((one) => isOf(path, one)));
  const changed = (field: Element | null | undefined) => {
    const changedName = field?.closest("[name]")?.getAttribute("name") ?? "";
    if (wrong.some(({ path }) => isOf(path, changedName))) mend([...mended, changedName]);
    // What a tap chooses stands in the form with its next drawing.
    requestAnimationFrame(() => {
      if (found !== null && box.current !== null) find(unfit(box.current));
    });
  };
  return (
    <form
      ref={box}
      class={name}
      noValidate // the browser's own words are in the browser's language
      onInput={({ target }) => changed(target as Element)}
      onClick={({ target }) => changed((target as Element).closest("button"))}
      onSubmit={(event) => {
        event.preventDefault();
        const now = unfit(event.currentTarget);
        find(now.length > 0 ? now : null);
        tryAgain(tries + 1);
        if (now.length === 0) submit();
      }}
    >
      <Mistakes.Provider value={{ wrong, shown }}>{children}</Mistakes.Provider>
    </form>
  );
}

/** What is wrong with the field `name` of the form around; "" for a field that nobody judges. */
export function useWrong(name: string): string | null {
  const { wrong, shown } = useContext(Mistakes);
  if (name === "") return null;
  shown.add(name);
  const mine = wrong.find(({ path }) => isOf(path, name));
  return mine === undefined ? null : sentence(mine);
}

/** How a field that is wrong shows it: to eyes, to screen readers, and to the form that leads there. `id` is the note's. */
export function marks(id: string, wrong: string | null) {
  return wrong === null ? {} : { "aria-invalid": true, "aria-describedby": id, "data-wrong": true };
}

/** What is wrong with a field, below it; `id` is what the field is described by. */
export function WrongNote({ id, said }: { id: string; said: string | null }) {
  if (said === null) return null;
  return (
    <small id={id} class="wrong" role="alert">
      {said}
    </small>
  );
}
