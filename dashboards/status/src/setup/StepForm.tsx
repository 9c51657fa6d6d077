// One question of the wizard: what is asked, the fields, and three ways on. What is wrong stands beside its field.

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { LONG_LIMIT_MS, post, Problem, put } from "../ask.ts";
import { Form } from "../parts/Form.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { useSending } from "../sending.ts";
import type { SetUp, Step } from "../setup_shapes.ts";
import { t } from "../texts.ts";

export interface Walk {
  step: Step;
  /** All steps, for those that build upon earlier ones. */
  whole: SetUp;
  /** Takes what the gateway answered. */
  heard: (whole: SetUp) => void;
  next: () => void;
  back: (() => void) | null;
}

interface Asked {
  walk: Walk;
  question: string;
  note?: string;
  /** What is sent. */
  body: () => unknown;
  ready?: boolean;
  /** Whether the step, as it was taken, has something to show before the next one comes. */
  stays?: (step: Step) => boolean;
  children: ComponentChildren;
}

export function StepForm({ walk, question, note = "", body, ready = true, stays = () => false, children }: Asked) {
  const { step, whole, heard, next, back } = walk;
  const sending = useSending();
  // What was found at an earlier visit, or when it was to be written, until it is sent again.
  const found = useMemo(() => (step.findings.length > 0 ? new Problem(422, "", "invalid", [], step.findings) : null), [step]);
  const go = (ask: () => Promise<SetUp>) =>
    sending.run(async () => {
      const answered = await ask();
      heard(answered);
      const taken = answered.steps.find(({ id }) => id === step.id);
      if (taken === undefined || (taken.findings.length === 0 && !stays(taken))) next();
    });
  const submit = () => void go(() => put<SetUp>(`setup/${step.id}`, body(), LONG_LIMIT_MS));
  const skip = () => void sending.run(async () => {
    heard(await post<SetUp>(`setup/${step.id}/skip`, {}));
    next();
  }); // prettier-ignore
  const written = !whole.writable && step.state === "done";
  return (
    <Form class="form setup-step" trouble={sending.trouble ?? found} submit={written ? next : submit}>
      <h2>{question}</h2>
      {note !== "" && <p class="lead">{note}</p>}
      {written ? <p class="empty">{t("setup.by_file", { file: whole.file })}</p> : children}
      <Trouble problem={sending.trouble ?? found} />
      <div class="dialog-buttons">
        {back !== null && (
          <button type="button" class="answer quiet" onClick={back}>
            {t("setup.back")}
          </button>
        )}
        {!written && (
          <button type="button" class="answer quiet" aria-disabled={sending.busy} onClick={found === null ? skip : next}>
            {t(found === null ? "setup.skip" : "setup.mend_later")}
          </button>
        )}
        <button type="submit" class="answer" disabled={!ready} aria-disabled={!ready || sending.busy}>
          {t(sending.busy ? "alarm.sending" : "setup.next")}
        </button>
      </div>
    </Form>
  );
}
