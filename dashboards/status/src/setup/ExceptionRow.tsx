// A building that is not as the others: there is none of that number, or it has another name or another size.

import { type Signal, signal } from "@preact/signals";
import { Chips } from "../parts/Chips.tsx";
import { Field } from "../parts/Field.tsx";
import type { BuildingException } from "../setup_shapes.ts";
import { t } from "../texts.ts";

/** An exception while it is typed. */
export interface ExceptionDraft {
  number: Signal<string>;
  leftOut: Signal<boolean>;
  name: Signal<string>;
  units: Signal<string>;
  floors: Signal<string>;
  flats: Signal<string>;
}

export function draftOf(one: BuildingException): ExceptionDraft {
  const field = (value: unknown) => signal(value == null ? "" : String(value));
  return {
    number: field(one.number),
    leftOut: signal(one.left_out === true),
    name: field(one.name),
    units: field(one.units),
    floors: field(one.floors),
    flats: field(one.flats_per_floor),
  };
}

/** As it is sent: what is left empty is as in the pattern. */
export function exceptionOf(draft: ExceptionDraft): BuildingException {
  const number = Number(draft.number.value) || 0;
  if (draft.leftOut.value) return { number, left_out: true };
  return {
    number,
    name: draft.name.value.trim() || null,
    units: size(draft.units.value),
    floors: size(draft.floors.value),
    flats_per_floor: size(draft.flats.value),
  };
}

function size(field: string): number | null {
  return field.trim() === "" ? null : Number(field) || 0;
}

export function ExceptionRow({ place, draft, drop }: { place: number; draft: ExceptionDraft; drop: () => void }) {
  const name = (field: string) => `exceptions.${place}.${field}`;
  return (
    <fieldset class="entry">
      <legend>{t("setup.buildings.exception")}</legend>
      <Field label={t("setup.buildings.number")} name={name("number")} type="whole" value={draft.number} required />
      <Chips<boolean>
        label={t("setup.buildings.exception")}
        options={[
          [true, t("setup.buildings.left_out")],
          [false, t("setup.buildings.other")],
        ]}
        chosen={draft.leftOut}
      />
      {!draft.leftOut.value && (
        <div class="two-fields">
          <Field label={t("editor.name")} name={name("name")} value={draft.name} maxLength={40} />
          <Field label={t("setup.buildings.units")} name={name("units")} type="whole" value={draft.units} />
          <Field label={t("setup.buildings.floors")} name={name("floors")} type="whole" value={draft.floors} />
          <Field label={t("setup.buildings.flats")} name={name("flats_per_floor")} type="whole" value={draft.flats} />
        </div>
      )}
      <button type="button" class="tool edged" onClick={drop}>
        {t("editor.remove")}
      </button>
    </fieldset>
  );
}
