// One person's data, given out or erased. To erase, the name is typed: a slip of the finger erases nobody.

import { useSignal } from "@preact/signals";
import { LONG_LIMIT_MS, post } from "../ask.ts";
import type { Erased, KnownPerson } from "../audit_shapes.ts";
import { downloadFor } from "../download.ts";
import { t } from "../texts.ts";
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
  const done = useSignal<Erased | null>(null);
  if (done.value !== null) return <Outcome {...done.value} leave={() => leave(true)} />;
  const send = async () => {
    const body = { person: person.person, reason: reason.value.trim() };
    done.value = await post<Erased>("privacy/erase", body, LONG_LIMIT_MS);
  };
  return (
    <FormDialog
      title={t("privacy.erase_ask", { name: person.name })}
      act={t("privacy.erase_act")}
      ready={typed.value.trim() === person.name}
      send={send}
      leave={(sent) => !sent && leave(false)}
    >
      <p class="dialog-note">{t("privacy.erase_note")}</p>
      <Reason reason={reason} offered={[t("privacy.moved"), t("privacy.asked_self")]} />
      <Field label={t("privacy.type_name", { name: person.name })} value={typed} />
    </FormDialog>
  );
}

function Outcome({ erased, complete, leave }: Erased & { leave: () => void }) {
  return (
    <Dialog title={t("privacy.erased")} leave={leave}>
      <p>{t("privacy.counts", { ...erased })}</p>
      {!complete && <p class="odd">{t("privacy.rest")}</p>}
      <div class="dialog-buttons">
        <button type="button" class="answer" onClick={leave}>
          {t("dialog.leave")}
        </button>
      </div>
    </Dialog>
  );
}
