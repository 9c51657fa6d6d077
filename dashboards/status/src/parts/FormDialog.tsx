// A form over the page: it is sent once, and leaves when the gateway did it.

import type { ComponentChildren } from "preact";
import { useSending } from "../sending.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Form } from "./Form.tsx";
import { Trouble } from "./Trouble.tsx";

interface Asked {
  title: string;
  /** What stands on the button. */
  act: string;
  /** Whether it can be sent; what is wrong with a field is said at the field. */
  ready?: boolean;
  send: () => Promise<unknown>;
  leave: (done: boolean) => void;
  children?: ComponentChildren;
}

export function FormDialog({ title, act, ready = true, send, leave, children }: Asked) {
  const sending = useSending();
  const submit = async () => {
    const done = await sending.run(async () => {
      await send();
    });
    if (done) leave(true);
  };
  return (
    <Dialog title={title} leave={() => leave(false)}>
      <Form class="dialog-form" trouble={sending.trouble} submit={() => void submit()}>
        {children}
        <Trouble problem={sending.trouble} />
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={() => leave(false)}>
            {t("dialog.cancel")}
          </button>
          <button type="submit" class="answer" disabled={!ready} aria-disabled={!ready || sending.busy}>
            {sending.busy ? t("alarm.sending") : act}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
