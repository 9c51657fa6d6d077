// 值班: who is on duty and who answers for each grid, and who comes next.

import { useAsked } from "../asked.ts";
import type { Duties, Duty as Facts } from "../duty_shapes.ts";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { now, troubles } from "../show/duty.ts";
import { minute } from "../show/time.ts";
import { t } from "../texts.ts";

const EVERY_MS = 10_000;

export function Duty() {
  const { value, trouble } = useAsked<Duties>("duty", EVERY_MS);
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.duty")}</h1>
      <nav class="actions" aria-label={t("duty.actions")}>
        <a href={href({ page: "people" })}>{t("nav.people")}</a>
      </nav>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value?.clock_lost && <p class="trouble">{t("duty.clock_lost")}</p>}
      <ul class="door-rows">
        {value?.grids.map((duty) => (
          <Row key={duty.grid} duty={duty} />
        ))}
      </ul>
    </main>
  );
}

function Row({ duty }: { duty: Facts }) {
  const wrong = troubles(duty);
  const nobody = duty.roster_of !== "" && duty.shift?.person === null;
  const mark = nobody ? 2 : duty.late ? 3 : null;
  return (
    <li class={`door-row${mark === null ? "" : ` p${mark}`}`} data-grid={duty.grid}>
      {mark === null ? <CalmMark /> : <PriorityMark priority={mark} />}
      <div>
        <p class="door-name">
          <a href={href({ page: "handover", id: duty.grid })}>{duty.name}</a>
        </p>
        {duty.roster_of !== "" && !nobody && (
          <p class="door-words">
            {t("duty.now", { name: now(duty) })}
            {duty.shift !== null && duty.shift.name !== "" && ` · ${duty.shift.name}`}
          </p>
        )}
        {wrong.length > 0 && <p class={mark === null ? "door-words" : "door-words odd"}>{wrong.join(" · ")}</p>}
        {duty.following !== null && (
          <p class="door-words">
            {t("duty.next", {
              time: minute(Date.parse(duty.following.begins)),
              name: duty.following.person?.name ?? t("duty.nobody"),
            })}
          </p>
        )}
      </div>
    </li>
  );
}
