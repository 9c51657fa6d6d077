// The compound as a whole: what it is called.

import { useSignal } from "@preact/signals";
import { Field } from "../parts/Field.tsx";
import { t } from "../texts.ts";
import { StepForm, type Walk } from "./StepForm.tsx";

export function CompoundStep({ walk }: { walk: Walk }) {
  const { entered } = walk.step;
  const name = useSignal(String(entered?.name ?? ""));
  const id = useSignal(String(entered?.id ?? "compound"));
  const households = useSignal(String(entered?.households ?? ""));
  return (
    <StepForm
      walk={walk}
      question={t("setup.compound.ask")}
      body={() => ({ id: id.value.trim(), name: name.value.trim(), households: Number(households.value) || 0 })}
    >
      <Field label={t("setup.compound.name")} name="name" value={name} maxLength={40} required />
      <Field label={t("setup.compound.households")} name="households" type="whole" value={households} />
      <Field label={t("setup.compound.id")} name="id" value={id} note={t("setup.compound.id_note")} maxLength={40} required />
    </StepForm>
  );
}
