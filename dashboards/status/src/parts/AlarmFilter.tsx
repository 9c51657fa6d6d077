// Which alarms of a list are shown: by priority, subject, building and grid. What is chosen stands in the address.

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { type AlarmTab, href, type Only } from "../route.ts";
import { SUBJECTS } from "../show/alarm.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";

type Options = readonly (readonly [id: string, name: string])[];

export function AlarmFilter({ tab, only }: { tab: AlarmTab; only: Only }) {
  const opened = useSignal(false);
  const parts: [keyof Only, Options][] = [
    ["priority", ([1, 2, 3, 4] as const).map((one) => [`${one}`, t(`priority.${one}`)])],
    ["kind", SUBJECTS.map((one) => [one, t(`subject.${one}`)])],
    ["building", overview.buildings.value.map((id) => [id, overview.tile(id)?.value.name ?? id])],
    ["grid", overview.grids.value.map(({ id, name }) => [id, name || id])],
  ];
  const said = parts.flatMap(([part, options]) => {
    const chosen = only[part];
    return chosen === undefined ? [] : [options.find(([id]) => id === chosen)?.[1] ?? chosen];
  });
  return (
    <details
      class="menu filter"
      open={opened.value || said.length > 0}
      onToggle={(event) => (opened.value = event.currentTarget.open)}
    >
      <summary>{said.length === 0 ? t("filter.none") : t("filter.chosen", { chosen: said.join(" · ") })}</summary>
      <div class="filter-parts">
        {parts
          .filter(([, options]) => options.length > 1)
          .map(([part, options]) => (
            <Part key={part} part={part} options={options} only={only} tab={tab} />
          ))}
        {said.length > 0 && (
          <a class="filter-all" href={href({ page: "alarms", tab })}>
            {t("filter.all")}
          </a>
        )}
      </div>
    </details>
  );
}

function Part({ part, options, only, tab }: { part: keyof Only; options: Options; only: Only; tab: AlarmTab }) {
  const id = useId();
  const choose = (value: string) => {
    const { [part]: _, ...others } = only;
    // Replaced, so that "back" leads out of the list and not through every choice made in it.
    location.replace(href({ page: "alarms", tab, only: value === "" ? others : { ...others, [part]: value } }));
  };
  return (
    <div class="field">
      <label for={id}>{t(`filter.${part}`)}</label>
      <select id={id} value={only[part] ?? ""} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{t("filter.any")}</option>
        {options.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
