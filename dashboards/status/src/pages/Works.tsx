// 后台任务: long work that is under way, and what ended last.

import { useAsked } from "../asked.ts";
import type { Work } from "../history_shapes.ts";
import { Trouble } from "../parts/Trouble.tsx";
import { WorkRow } from "../parts/WorkRow.tsx";
import { t } from "../texts.ts";

const EVERY_MS = 2_000;

export function Works() {
  const { value, trouble } = useAsked<{ works: Work[] }>("works", EVERY_MS);
  const works = value?.works ?? [];
  const running = works.filter(({ state }) => state === "running");
  const ended = works.filter(({ state }) => state !== "running");
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.works")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && running.length === 0 && <p class="empty">{t("works.none")}</p>}
      <ul class="works">
        {running.map((work) => (
          <WorkRow key={work.id} work={work} />
        ))}
      </ul>
      {ended.length > 0 && (
        <section aria-labelledby="ended-title">
          <h2 id="ended-title">{t("works.ended")}</h2>
          <ul class="works">
            {ended.map((work) => (
              <WorkRow key={work.id} work={work} />
            ))}
          </ul>
        </section>
      )}
    </main>
  );
}
