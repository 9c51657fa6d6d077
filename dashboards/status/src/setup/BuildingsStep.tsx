// The buildings by a pattern, with what it makes said while it is typed, and the few that are otherwise.

import { useSignal } from "@preact/signals";
import { Field } from "../parts/Field.tsx";
import type { Buildings } from "../setup_shapes.ts";
import { amount } from "../show/value.ts";
import { t } from "../texts.ts";
import { draftOf, type ExceptionDraft, ExceptionRow, exceptionOf } from "./ExceptionRow.tsx";
import { made } from "./pattern.ts";
import { StepForm, type Walk } from "./StepForm.tsx";

const MOST = 300;
const FRESH: Buildings = { count: 1, name: "{n}号楼", units: 2, floors: 11, flats_per_floor: 2, exceptions: [] };

export function BuildingsStep({ walk }: { walk: Walk }) {
  const before = { ...FRESH, ...(walk.step.entered as Partial<Buildings> | null) };
  const [count, units] = [useSignal(String(before.count)), useSignal(String(before.units))];
  const [floors, flats] = [useSignal(String(before.floors)), useSignal(String(before.flats_per_floor))];
  const name = useSignal(before.name);
  const exceptions = useSignal<readonly ExceptionDraft[]>(before.exceptions.map(draftOf));
  const pattern = (): Buildings => ({
    count: whole(count.value),
    name: name.value.trim(),
    units: whole(units.value),
    floors: whole(floors.value),
    flats_per_floor: whole(flats.value),
    exceptions: exceptions.value.map(exceptionOf),
  });
  const asked = pattern();
  const { names, ...makes } = made({ ...asked, count: Math.min(asked.count, MOST) });
  return (
    <StepForm walk={walk} question={t("setup.buildings.ask")} note={t("setup.buildings.note")} body={pattern}>
      <div class="two-fields">
        <Field label={t("setup.buildings.count")} name="count" type="whole" value={count} required />
        <Field label={t("setup.buildings.name", { n: "{n}" })} name="name" value={name} required />
        <Field label={t("setup.buildings.units")} name="units" type="whole" value={units} required />
        <Field label={t("setup.buildings.floors")} name="floors" type="whole" value={floors} required />
        <Field label={t("setup.buildings.flats")} name="flats_per_floor" type="whole" value={flats} required />
      </div>
      <output class="preview">
        <b>
          {t("setup.buildings.makes", {
            buildings: amount(makes.buildings),
            units: amount(makes.units),
            flats: amount(makes.flats),
          })}
        </b>
        <span>{names.length > 3 ? `${names.slice(0, 3).join(" ")} … ${names[3]}` : names.join(" ")}</span>
      </output>
      {exceptions.value.map((draft, place) => (
        <ExceptionRow
          key={place}
          place={place}
          draft={draft}
          drop={() => (exceptions.value = exceptions.value.filter((one) => one !== draft))}
        />
      ))}
      <button
        type="button"
        class="tool edged"
        onClick={() => (exceptions.value = [...exceptions.value, draftOf({ number: 4, left_out: true })])}
      >
        {t("setup.buildings.except")}
      </button>
    </StepForm>
  );
}

function whole(said: string): number {
  return Number.parseInt(said, 10) || 0;
}
