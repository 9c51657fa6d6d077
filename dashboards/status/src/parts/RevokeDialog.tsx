// Ending permits: what will end, why, and then the task that follows it up.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { post } from "../ask.ts";
import { useSending } from "../sending.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Reason } from "./Reason.tsx";
import { Trouble } from "./Trouble.tsx";

interface Revocation {
  title: string;
  /** What is asked for: the path, and what the body has beside the reason. */
  path: string;
  body: Record<string, boolean>;
  act: string;
  offered: readonly string[];
  children: ComponentChildren;
  leave: (done: boolean) => void;
}

export function RevokeDialog({ title, path, body, act, offered, children, leave }: Revocation) {
  const reason = useSignal("");
  const wanting = useSignal(false);
  const sending = useSending();
  const submit = async (event: Event) => {
    event.preventDefault();
    wanting.value = reason.value.trim() === "";
    if (wanting.value) return;
    if (await sending.run(() => post<void>(path, { ...body, reason: reason.value.trim() }))) leave(true);
  };
  return (
    <Dialog title={title} leave={() => leave(false)}>
      <form onSubmit={(event) => void submit(event)}>
        {children}
        <Reason reason={reason} offered={offered} />
        {wanting.value && (
          <p class="trouble" role="alert">
            {t("refusal.reason_needed")}
          </p>
        )}
        <Trouble problem={sending.trouble} />
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={() => leave(false)}>
            {t("dialog.cancel")}
          </button>
          <button type="submit" class="answer" aria-disabled={sending.busy}>
            {sending.busy ? t("alarm.sending") : act}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
