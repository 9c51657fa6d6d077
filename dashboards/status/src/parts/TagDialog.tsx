// A new tag: what is read from it goes to the gateway once, and is shown nowhere afterwards.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { useSending } from "../sending.ts";
import { sent } from "../show/zone.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Field } from "./Field.tsx";
import { Form } from "./Form.tsx";
import { Trouble } from "./Trouble.tsx";

export function TagDialog({ leave }: { leave: (done: boolean) => void }) {
  const [tag, label, until, note] = [useSignal(""), useSignal(""), useSignal(""), useSignal("")];
  const reason = useSignal(t("tags.new"));
  const sending = useSending();
  const submit = async () => {
    const body = {
      tag: tag.value.trim(),
      label: label.value.trim(),
      until: until.value === "" ? null : sent(until.value),
      note: note.value.trim(),
    };
    const why = reason.value.trim() || t("tags.new");
    if (await sending.run(() => post<void>("charging/tags", { tags: [body], reason: why }))) leave(true);
  };
  return (
    <Dialog title={t("tags.add")} leave={() => leave(false)}>
      <Form class="form" trouble={sending.trouble} submit={() => void submit()}>
        <Field label={t("tags.tag")} value={tag} name="tags.0.tag" note={t("tags.tag_note")} required maxLength={64} />
        <Field label={t("tags.label")} value={label} name="tags.0.label" note={t("tags.label_note")} maxLength={80} />
        <Field label={t("permit.ends")} value={until} name="tags.0.until" note={t("permit.ends_note")} type="datetime-local" />
        <Field label={t("permit.note")} value={note} name="tags.0.note" maxLength={200} />
        <Field label={t("reason.ask")} value={reason} name="reason" maxLength={500} />
        <Trouble problem={sending.trouble} />
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={() => leave(false)}>
            {t("dialog.cancel")}
          </button>
          <button type="submit" class="answer" aria-disabled={sending.busy}>
            {sending.busy ? t("alarm.sending") : t("editor.save")}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
