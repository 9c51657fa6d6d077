// The PIN that the gateway wants: one's own on a phone, and at a duty screen first whose.

import { useSignal } from "@preact/signals";
import { render } from "preact";
import { useLayoutEffect } from "preact/hooks";
import type { Problem, Proof } from "../ask.ts";
import { whoAnswers } from "../store/session.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { WhoList } from "./WhoList.tsx";

const SHORTEST = 4;
const LONGEST = 8;

/** Who was named last: a PIN that was mistyped is typed again without naming oneself again. */
let named: string | null = null;
let asking = false;

/** Asks over whatever is shown. Null when nobody proves anything, or is being asked already. */
export function askProof(refused: Problem): Promise<Proof | null> {
  if (asking) return Promise.resolve(null);
  asking = true;
  if (refused.code === "pin_missing") named = null;
  const place = document.body.appendChild(document.createElement("div"));
  return new Promise((answer) => {
    const done = (proof: Proof | null) => {
      render(null, place);
      place.remove();
      asking = false;
      answer(proof);
    };
    render(<PinDialog refused={refused} done={done} />, place);
  });
}

function PinDialog({ refused, done }: { refused: Problem; done: (proof: Proof | null) => void }) {
  const atScreen = whoAnswers() === null;
  const who = useSignal(named);
  const leave = () => done(null);
  const prove = (pin: string) => done({ "Gridpost-Pin": pin, ...(atScreen && { "Gridpost-Person": encodeURIComponent(who.value ?? "") }) });
  const trouble = refused.code === "pin_wrong" ? t("pin.wrong") : null;
  if (atScreen && who.value === null) {
    return (
      <Dialog title={t("pin.who")} leave={leave}>
        {trouble !== null && <Said words={trouble} />}
        <WhoList choose={(name) => (named = who.value = name)} />
        <Leave leave={leave} />
      </Dialog>
    );
  }
  if (refused.code === "pin_unset") {
    return (
      <Dialog title={t("pin.ask")} leave={leave}>
        <Said words={t("pin.unset")} />
        <Leave leave={leave} />
      </Dialog>
    );
  }
  return (
    <Dialog title={who.value === null ? t("pin.ask") : t("pin.ask_of", { name: who.value })} leave={leave}>
      <Pad trouble={trouble} prove={prove} leave={leave} />
    </Dialog>
  );
}

function Said({ words }: { words: string }) {
  return (
    <p class="trouble" role="alert">
      {words}
    </p>
  );
}

function Leave({ leave }: { leave: () => void }) {
  return (
    <div class="dialog-buttons">
      <button type="button" class="answer quiet" onClick={leave}>
        {t("dialog.cancel")}
      </button>
    </div>
  );
}

interface PadShown {
  trouble: string | null;
  prove: (pin: string) => void;
  leave: () => void;
}

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** Keys of our own: a wall has no keyboard, and on a phone no other one must lie over what is asked. */
function Pad({ trouble, prove, leave }: PadShown) {
  const pin = useSignal("");
  const add = (digit: string) => {
    if (pin.value.length < LONGEST) pin.value += digit;
  };
  const back = () => (pin.value = pin.value.slice(0, -1));
  const submit = (event: Event) => {
    event.preventDefault();
    if (pin.value.length >= SHORTEST) prove(pin.value);
  };
  const typed = (event: KeyboardEvent) => {
    if (/^\d$/.test(event.key)) add(event.key);
    else if (event.key === "Backspace") back();
    else return;
    event.preventDefault();
  };
  // Wherever the focus is: who was just chosen took it away with him. From the moment the pad is there: who knows his PIN types at once.
  useLayoutEffect(() => {
    addEventListener("keydown", typed);
    return () => removeEventListener("keydown", typed);
  }, []);
  return (
    <form class="pin" onSubmit={submit}>
      {trouble !== null && pin.value === "" && <Said words={trouble} />}
      <p class="pin-typed" role="status" aria-label={t("pin.typed", { n: pin.value.length })}>
        {Array.from({ length: Math.max(SHORTEST, pin.value.length) }, (_, place) => (
          <span key={place} class={place < pin.value.length ? "typed" : ""} />
        ))}
      </p>
      <div class="pad">
        {DIGITS.map((digit) => (
          <button key={digit} type="button" onClick={() => add(digit)}>
            {digit}
          </button>
        ))}
        <button type="button" class="pad-word" onClick={leave}>
          {t("dialog.cancel")}
        </button>
        <button type="button" onClick={() => add("0")}>
          0
        </button>
        <button type="button" class="pad-word" aria-label={t("pin.back")} onClick={back}>
          ⌫
        </button>
      </div>
      <button type="submit" class="answer" disabled={pin.value.length < SHORTEST}>
        {t("pin.do")}
      </button>
    </form>
  );
}
