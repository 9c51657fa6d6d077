// 联动: what an alarm does by itself, beside people being told; as it is in force, to be read.

import { useAsked } from "../asked.ts";
import { Trouble } from "../parts/Trouble.tsx";
import type { Effect } from "../safety_shapes.ts";
import { causes, effects } from "../show/safety.ts";
import { lookup, t } from "../texts.ts";

export function Effects() {
  const { value, trouble } = useAsked<{ rows: Effect[] }>("effects");
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.effects")}</h1>
      <p class="lead">{t("effect.lead")}</p>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      <ul class="editable">
        {value?.rows.map((row) => {
          const done = effects(row);
          return (
            <li key={row.name} class="effect">
              <b>{lookup(`effect.row.${row.name}`, row.name)}</b>
              <span>{t("effect.when", { causes: causes(row) })}</span>
              <p>{done.length === 0 ? t("effect.nothing") : done.join(" · ")}</p>
            </li>
          );
        })}
      </ul>
    </main>
  );
}
