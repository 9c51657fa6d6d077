// One person's data, given out or erased. To erase, the name is typed: a slip of the finger erases nobody.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { KnownPerson } from "../audit_shapes.ts";
import { downloadFor } from "../download.ts";
import { lookup, t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Field } from "./Field.tsx";
import { FormDialog } from "./FormDialog.tsx";
import { Reason } from "./Reason.tsx";

interface Asked {
  person: KnownPerson;
  leave: (done: boolean) => void;
}

export function ExportDialog({ person, leave }: Asked) {
  const reason = useSignal("");
  return (
    <FormDialog
      title={t("privacy.export_ask", { name: person.name })}
      act={t("privacy.export")}
      send={() => downloadFor("privacy/export", { person: person.person, reason: reason.value.trim() })}
      leave={leave}
    >
      <p class="dialog-note">{t("privacy.export_note")}</p>
      <Reason reason={reason} offered={[t("privacy.asked_self"), t("privacy.asked_guardian")]} />
    </FormDialog>
  );
}

export function EraseDialog({ person, leave }: Asked) {
  const [reason, typed] = [useSignal(""), useSignal("")];
  const counts = useSignal<Record<string, number> | null>(null);
  if (counts.value !== null) {
    return (
      <Dialog title={t("privacy.erased")} leave={() => leave(true)}>
        <ul class="sheet-list">
          {Object.entries(counts.value).map(([what, n]) => (
            <li key={what}>
              {lookup(`privacy.count.${what}`, what)} <span>{n}</span>
            </li>
          ))}
        </ul>
        <div class="dialog-buttons">
          <button type="button" class="answer" onClick={() => leave(true)}>
            {t("dialog.leave")}
          </button>
        </div>
      </Dialog>
    );
  }
  const send = async () => {
    const body = { person: person.person, reason: reason.value.trim() };
    counts.value = (await post<{ erased: Record<string, number> }>("privacy/erase", body)).erased;
  };
  return (
    <FormDialog
      title={t("privacy.erase_ask", { name: person.name })}
      act={t("privacy.erase_act")}
      ready={typed.value.trim() === person.name}
      send={send}
      leave={(done) => !done && leave(false)}
    >
      <p class="dialog-note">{t("privacy.erase_note")}</p>
      <Reason reason={reason} offered={[t("privacy.moved"), t("privacy.asked_self")]} />
      <Field label={t("privacy.type_name", { name: person.name })} value={typed} />
    </FormDialog>
  );
}
