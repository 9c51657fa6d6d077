// Something that is done only with a word: why, or what was seen there.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useSending } from "../sending.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Form } from "./Form.tsx";
import { Reason } from "./Reason.tsx";
import { Trouble } from "./Trouble.tsx";

interface Asked {
  title: string;
  /** What the word is; otherwise a reason. */
  label?: string;
  offered: readonly string[];
  act: string;
  send: (word: string) => Promise<unknown>;
  children?: ComponentChildren;
  leave: (done: boolean) => void;
}

export function WordDialog({ title, label, offered, act, send, children, leave }: Asked) {
  const word = useSignal("");
  const sending = useSending();
  const submit = async () => {
    const done = await sending.run(async () => {
      await send(word.value.trim());
    });
    if (done) leave(true);
  };
  return (
    <Dialog title={title} leave={() => leave(false)}>
      <Form trouble={sending.trouble} submit={() => void submit()}>
        {children}
        <Reason reason={word} offered={offered} {...(label !== undefined && { label, name: "note" })} />
        <Trouble problem={sending.trouble} />
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={() => leave(false)}>
            {t("dialog.cancel")}
          </button>
          <button type="submit" class="answer" aria-disabled={sending.busy}>
            {sending.busy ? t("alarm.sending") : act}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
