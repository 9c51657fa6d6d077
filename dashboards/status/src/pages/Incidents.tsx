// 事件: what is open, worst and latest first; and what ended.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import type { Incidents as Found } from "../incident_shapes.ts";
import { IncidentRow } from "../parts/IncidentRow.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { worstFirst } from "../show/answering.ts";
import { mayAnswer } from "../store/session.ts";
import { t } from "../texts.ts";

const EVERY_MS = 5_000;
const PAGE = 50;

export function Incidents({ ended }: { ended: boolean }) {
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.incidents")}</h1>
      <nav class="tabs" aria-label={t("incidents.tabs")}>
        {[false, true].map((one) => (
          <a key={String(one)} href={href({ page: "incidents", ended: one })} aria-current={one === ended ? "page" : undefined}>
            {t(one ? "incidents.ended" : "incidents.open")}
          </a>
        ))}
      </nav>
      {mayAnswer() && (
        <nav class="actions" aria-label={t("incidents.actions")}>
          <a href={href({ page: "incident_report" })}>{t("nav.incident_report")}</a>
        </nav>
      )}
      {ended ? <Ended /> : <Open />}
    </main>
  );
}

function Open() {
  const { value, trouble } = useAsked<Found>("incidents", EVERY_MS);
  return <List found={value} trouble={trouble} none={t("incidents.none")} />;
}

function Ended() {
  const wanted = useSignal(PAGE);
  const { value, trouble } = useAsked<Found>(`incidents?state=closed&limit=${wanted.value}`);
  return (
    <>
      <List found={value} trouble={trouble} none={t("incidents.none_ended")} settled />
      {value?.next != null && (
        <button type="button" class="tool edged more-rows" onClick={() => (wanted.value += PAGE)}>
          {t("incidents.more")}
        </button>
      )}
    </>
  );
}

interface Shown {
  found: Found | null;
  trouble: Parameters<typeof Trouble>[0]["problem"];
  none: string;
  /** In the order of the answer: the latest first. */
  settled?: boolean;
}

function List({ found, trouble, none, settled = false }: Shown) {
  const rows = found === null ? [] : settled ? found.incidents : worstFirst(found.incidents);
  return (
    <>
      <Trouble problem={trouble} />
      {found === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {found !== null && rows.length === 0 && <p class="empty">{none}</p>}
      <ul class="incidents">
        {rows.map((incident) => (
          <IncidentRow key={incident.number} incident={incident} />
        ))}
      </ul>
    </>
  );
}
