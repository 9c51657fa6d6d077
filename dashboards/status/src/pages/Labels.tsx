// 标签: QR labels for doors, detectors, lockers and ports, seen here, printed on A4.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get, Problem } from "../ask.ts";
import { Chips } from "../parts/Chips.tsx";
import { type LabelFacts, LabelSheets } from "../parts/LabelSheets.tsx";
import { Select } from "../parts/Select.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { amount } from "../show/value.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";

const KINDS = ["door", "detector", "locker", "port"] as const;

interface Page {
  labels: LabelFacts[];
  total: number;
  next: string | null;
}

export function Labels() {
  const kind = useSignal<(typeof KINDS)[number]>("door");
  const building = useSignal("");
  const { labels, trouble } = useLabels(`kind=${kind.value}&building=${encodeURIComponent(building.value)}`);
  return (
    <main id="content" class="labels-page" tabIndex={-1}>
      <h1>{t("nav.labels")}</h1>
      <p class="lead">{t("labels.what")}</p>
      <div class="form">
        <Chips<(typeof KINDS)[number]>
          label={t("labels.kind")}
          options={KINDS.map((one) => [one, t(`labels.${one}`)] as const)}
          chosen={kind}
        />
        <Select
          label={t("places.building")}
          none={t("labels.whole")}
          options={overview.buildings.value.map((id) => [id, overview.tile(id)?.peek().name ?? id] as const)}
          chosen={building}
        />
      </div>
      <Trouble problem={trouble} />
      {labels === null ? (
        trouble === null && <p class="empty">{t("verdict.waiting")}</p>
      ) : (
        <>
          <p class="count-line" role="status">
            {t("labels.count", { n: amount(labels.length) })}
          </p>
          <button type="button" class="answer" disabled={labels.length === 0} onClick={() => print()}>
            {t("labels.print")}
          </button>
          <LabelSheets labels={labels} />
        </>
      )}
    </main>
  );
}

/** All labels of a choice, piece by piece; the answers to an earlier choice are never shown for a later one. */
function useLabels(query: string): { labels: readonly LabelFacts[] | null; trouble: Problem | null } {
  const found = useSignal<readonly LabelFacts[] | null>(null);
  const trouble = useSignal<Problem | null>(null);
  const question = useRef(0);
  useEffect(() => {
    const mine = ++question.current;
    found.value = trouble.value = null;
    const ask = async () => {
      let [all, next]: [LabelFacts[], string | null] = [[], ""];
      while (next !== null) {
        const after: string = next === "" ? "" : `&after=${encodeURIComponent(next)}`;
        const page: Page = await get<Page>(`labels?${query}${after}`);
        if (mine !== question.current) return;
        [all, next] = [[...all, ...page.labels], page.next];
      }
      found.value = all;
    };
    ask().catch((error: unknown) => {
      if (!(error instanceof Problem)) throw error;
      if (mine === question.current) trouble.value = error;
    });
  }, [query]);
  return { labels: found.value, trouble: trouble.value };
}
