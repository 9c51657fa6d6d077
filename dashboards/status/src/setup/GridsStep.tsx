// The grids, and which buildings are whose: dealt out evenly by one tap, then changed by hand.

import { type Signal, signal, useSignal } from "@preact/signals";
import { Field } from "../parts/Field.tsx";
import type { Buildings, Grid } from "../setup_shapes.ts";
import { t } from "../texts.ts";
import { dealt, numbers, ranges } from "./pattern.ts";
import { StepForm, type Walk } from "./StepForm.tsx";

interface Draft {
  id: string;
  code: string;
  name: Signal<string>;
  buildings: Signal<string>;
}

/** So many buildings to a grid: what one person walks (domain: 300 to 500 households). */
const TO_A_GRID = 10;

export function GridsStep({ walk }: { walk: Walk }) {
  const all = standing(walk);
  const before = (walk.step.entered?.grids as Grid[] | undefined) ?? [];
  const grids = useSignal<readonly Draft[]>(before.map((grid) => draft(grid.id, grid.name, grid.buildings, grid.code)));
  const many = useSignal(String(Math.max(1, Math.round(all.length / TO_A_GRID))));
  const covered = new Set(grids.value.flatMap(({ buildings }) => numbers(buildings.value)));
  const free = all.filter((number) => !covered.has(number));
  const deal = () => {
    const heaps = dealt(all, Math.max(1, Number.parseInt(many.value, 10) || 1));
    grids.value = heaps.map((heap, place) => draft(`g${place + 1}`, t("setup.grids.nth", { n: place + 1 }), heap));
  };
  const body = () => ({
    grids: grids.value.map(({ id, code, name, buildings }) => ({
      id,
      code,
      name: name.value.trim(),
      buildings: numbers(buildings.value),
    })),
  });
  return (
    <StepForm walk={walk} question={t("setup.grids.ask")} note={t("setup.grids.note")} body={body}>
      <div class="dealing">
        <Field label={t("setup.grids.many")} type="whole" value={many} />
        <button type="button" class="answer quiet" onClick={deal}>
          {t("setup.grids.deal")}
        </button>
      </div>
      {grids.value.map((grid, place) => (
        <fieldset key={grid.id} class="entry">
          <legend>{grid.name.value || grid.id}</legend>
          <div class="two-fields">
            <Field label={t("editor.name")} name={`grids.${place}.name`} value={grid.name} maxLength={40} required />
            <Field label={t("setup.grids.buildings")} name={`grids.${place}.buildings`} value={grid.buildings} maxLength={400} />
          </div>
          <button
            type="button"
            class="tool edged"
            onClick={() => (grids.value = grids.value.filter((one) => one !== grid))}
          >
            {t("editor.remove")}
          </button>
        </fieldset>
      ))}
      {grids.value.length > 0 && (
        <output class="preview">
          {free.length === 0 ? t("setup.grids.all") : t("setup.grids.free", { numbers: ranges(free) })}
        </output>
      )}
    </StepForm>
  );
}

function draft(id: string, name: string, buildings: readonly number[], code = ""): Draft {
  return { id, code, name: signal(name), buildings: signal(ranges(buildings)) };
}

/** The numbers of the buildings that were entered. */
function standing(walk: Walk): number[] {
  const entered = walk.whole.steps.find(({ id }) => id === "buildings")?.entered as Partial<Buildings> | null | undefined;
  const gone = new Set((entered?.exceptions ?? []).filter((one) => one.left_out).map((one) => one.number));
  return Array.from({ length: entered?.count ?? 0 }, (_, place) => place + 1).filter((number) => !gone.has(number));
}
