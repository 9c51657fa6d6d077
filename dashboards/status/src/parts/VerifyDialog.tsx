// What somebody found on site: 核实为真火警, or 误报 with what made it.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { CAUSES, type Cause } from "../incident_shapes.ts";
import type { Alarm } from "../shapes.ts";
import { where } from "../show/alarm.ts";
import { foundReal } from "../show/answering.ts";
import { change } from "../store/alarms.ts";
import { t } from "../texts.ts";
import { Chips } from "./Chips.tsx";
import { Field } from "./Field.tsx";
import { FormDialog } from "./FormDialog.tsx";

export function VerifyDialog({ alarm, real, leave }: { alarm: Alarm; real: boolean; leave: (done: boolean) => void }) {
  const cause = useSignal<Cause | null>(null);
  const note = useSignal("");
  const send = async () => {
    const body = { real, cause: real ? "" : (cause.value ?? ""), note: note.value.trim() };
    change(await post<Alarm>(`alarms/${alarm.number}/verify`, body));
  };
  const act = real ? foundReal(alarm) : t("verify.false");
  return (
    <FormDialog
      title={t("verify.ask", { place: where(alarm), found: act })}
      act={act}
      send={send}
      leave={leave}
    >
      <p class="dialog-note">{t(real ? "verify.note.real" : "verify.note.false")}</p>
      {!real && (
        <Chips<Cause | null>
          label={t("verify.cause")}
          options={CAUSES.map((one) => [one, t(`incident.cause.${one}`)] as const)}
          chosen={cause}
          name="cause"
        />
      )}
      <Field label={t("verify.note")} value={note} name="note" maxLength={500} />
    </FormDialog>
  );
}
