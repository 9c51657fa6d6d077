// Who is on duty: how many shifts a day has, when they begin, and whose each is.

import { Chips } from "../parts/Chips.tsx";
import { Field } from "../parts/Field.tsx";
import { Select } from "../parts/Select.tsx";
import type { Grid } from "../setup_shapes.ts";
import { t } from "../texts.ts";
import { ALL, type Count, type Duty, part } from "./shifts.ts";

interface Asked {
  duty: Duty;
  grids: readonly Grid[];
  people: readonly (readonly [id: string, name: string])[];
}

export function DutyPart({ duty, grids, people }: Asked) {
  const { count, starts, names, apart, person } = duty;
  const shifts = names[count.value];
  const counts: (readonly [Count, string])[] = [
    [1, t("setup.shifts.one")],
    [2, t("setup.shifts.two")],
    [3, t("setup.shifts.three")],
  ];
  const whose = (grid: string, place: number) =>
    shifts.map((shift, at) => (
      <Select
        key={`${count.value}/${at}`}
        label={count.value === 1 ? t("setup.people.duty") : t("setup.shifts.who", { shift })}
        name={`roster.${place}.shifts.${at}.person`}
        none={t("setup.people.nobody")}
        options={people}
        chosen={person(grid, at)}
      />
    ));
  return (
    <fieldset class="entry">
      <legend>{t("setup.shifts.duty")}</legend>
      <Chips<Count>
        label={t("setup.shifts.count")}
        options={duty.before.length > 0 && count.value === 0 ? [[0, t("setup.shifts.kept")], ...counts] : counts}
        chosen={count}
      />
      {count.value > 1 && (
        <div class="two-fields">
          {starts[count.value].map((start, at) => (
            <Field
              key={`${count.value}/${at}`}
              label={t("setup.shifts.from", { shift: shifts[at] ?? "" })}
              name={`roster.0.shifts.${at}.from`}
              value={start}
              maxLength={5}
              required
            />
          ))}
        </div>
      )}
      {count.value > 0 && grids.length > 1 && (
        <label class="check">
          <input type="checkbox" checked={apart.value} onChange={(event) => part(duty, grids, event.currentTarget.checked)} />
          <span>{t("setup.shifts.apart")}</span>
        </label>
      )}
      {count.value > 0 &&
        (apart.value && grids.length > 1 ? (
          grids.map(({ id, name }, place) => (
            <fieldset key={id} class="entry">
              <legend>{name}</legend>
              {whose(id, place)}
            </fieldset>
          ))
        ) : (
          whose(ALL, 0)
        ))}
      <p class="field-note">{t("setup.people.duty_note")}</p>
    </fieldset>
  );
}
