// What an authority asks for: who, by which document, where, from when to when, why.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { instant, localField } from "../show/zone.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";
import { Field } from "./Field.tsx";
import { FormDialog } from "./FormDialog.tsx";
import { Picker } from "./Picker.tsx";
import { Reason } from "./Reason.tsx";

const DAY_MS = 24 * 3_600_000;

export function InvestigationForm({ leave }: { leave: (done: boolean) => void }) {
  const [body, document, reason] = [useSignal(""), useSignal(""), useSignal("")];
  const places = useSignal<readonly string[]>([]);
  const from = useSignal(localField(Date.now() - DAY_MS));
  const to = useSignal(localField(Date.now()));
  const send = () =>
    post<void>("investigations", {
      body: body.value.trim(),
      document: document.value.trim(),
      places: places.value,
      from_utc: seconds(from.value),
      to_utc: seconds(to.value),
      reason: reason.value.trim(),
    });
  return (
    <FormDialog title={t("investigations.ask")} act={t("investigations.ask_act")} send={send} leave={leave}>
      <Field label={t("investigations.body")} name="body" value={body} note={t("investigations.body_note")} required />
      <Field label={t("investigations.document")} name="document" value={document} required />
      <Picker
        label={t("investigations.places")}
        name="places"
        choices={overview.buildings.value.map((id) => ({ id, label: overview.tile(id)?.peek().name ?? id }))}
        chosen={places}
        required
      />
      <Field label={t("people.from")} name="from_utc" type="datetime-local" value={from} required />
      <Field
        label={t("people.until")}
        name="to_utc"
        type="datetime-local"
        value={to}
        note={t("investigations.window_note")}
        required
      />
      <Reason reason={reason} offered={[]} />
    </FormDialog>
  );
}

function seconds(field: string): number {
  return instant(field) / 1000;
}
