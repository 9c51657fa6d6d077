// 审计: who did what, when, why and with what result; what stands in the address is what is shown.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get, Problem } from "../ask.ts";
import type { AuditRow as Row, AuditRows } from "../audit_shapes.ts";
import { AuditHead } from "../parts/AuditHead.tsx";
import { AuditRow } from "../parts/AuditRow.tsx";
import { Download } from "../parts/Download.tsx";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { Select } from "../parts/Select.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { WHATS, whatWord } from "../show/audit.ts";
import { startOfDay } from "../show/utc.ts";
import { mayReview } from "../store/session.ts";
import { t } from "../texts.ts";

const PAGE = 50;

/** `filter` is the query of the address: who, what, subject, and the days from and to. */
export function Audit({ filter }: { filter: string }) {
  const rows = useSignal<readonly Row[] | null>(null);
  const before = useSignal<number | null>(null);
  const trouble = useSignal<Problem | null>(null);
  const question = useRef(0);

  const ask = async (older: number | null) => {
    const mine = ++question.current;
    const from = older === null ? "" : `&before=${older}`;
    try {
      const found = await get<AuditRows>(`audit?limit=${PAGE}${asked(filter)}${from}`);
      if (mine !== question.current) return;
      rows.value = older === null ? found.rows : [...(rows.value ?? []), ...found.rows];
      [before.value, trouble.value] = [found.before, null];
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (mine === question.current) trouble.value = error;
    }
  };
  useEffect(() => {
    rows.value = null;
    void ask(null);
  }, [filter]);

  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.audit")}</h1>
      <AuditHead />
      <Filters key={filter} filter={filter} />
      <Trouble problem={trouble.value} />
      {rows.value === null && trouble.value === null && <p class="empty">{t("verdict.waiting")}</p>}
      {rows.value?.length === 0 && <p class="empty">{t("audit.none")}</p>}
      <ol class="audit-rows">
        {rows.value?.map((row) => (
          <AuditRow key={row.seq} row={row} />
        ))}
      </ol>
      {before.value !== null && (
        <button type="button" class="answer quiet" onClick={() => void ask(before.value)}>
          {t("audit.more")}
        </button>
      )}
      {mayReview() && (
        <p class="export">
          <Download path={`audit/export?${span(filter).slice(1)}`} label={t("audit.export")} />
        </p>
      )}
    </main>
  );
}

function Filters({ filter }: { filter: string }) {
  const given = new URLSearchParams(filter);
  const said = (name: string) => useSignal(given.get(name) ?? "");
  const [who, what, subject, from, to] = [said("who"), said("what"), said("subject"), said("from"), said("to")];
  const look = () => {
    const chosen = Object.entries({ who, what, subject, from, to }).map(([name, { value }]) => [name, value.trim()]);
    const query = new URLSearchParams(chosen.filter(([, value]) => value !== "")).toString();
    location.hash = query === "" ? "#/audit" : `#/audit?${query}`;
  };
  return (
    <details class="filters" open={filter !== ""}>
      <summary>{t("audit.filter")}</summary>
      <Form class="form" trouble={null} submit={look}>
        <div class="two-fields">
          <Field label={t("audit.who")} name="who" value={who} />
          <Field label={t("audit.subject")} name="subject" value={subject} />
        </div>
        <Select
          label={t("audit.what")}
          name="what"
          none={t("audit.anything")}
          options={WHATS.map((one) => [one, whatWord(one)] as const)}
          chosen={what}
        />
        <div class="two-fields">
          <Field label={t("audit.from")} name="from" type="date" value={from} />
          <Field label={t("audit.to")} name="to" type="date" value={to} />
        </div>
        <div class="orders">
          <button type="submit" class="answer quiet">
            {t("audit.look")}
          </button>
          {filter !== "" && (
            <a class="answer quiet" href="#/audit">
              {t("audit.clear")}
            </a>
          )}
        </div>
      </Form>
    </details>
  );
}

/** The filter of the address as the gateway takes it: days here are seconds there. */
function asked(filter: string): string {
  const given = new URLSearchParams(filter);
  const words = ["who", "what", "subject"].flatMap((name) => {
    const value = given.get(name);
    return value === null ? [] : [`&${name}=${encodeURIComponent(value)}`];
  });
  return words.join("") + span(filter);
}

function span(filter: string): string {
  const given = new URLSearchParams(filter);
  const [from, to] = [given.get("from"), given.get("to")];
  return (from === null ? "" : `&from_utc=${startOfDay(from)}`) + (to === null ? "" : `&to_utc=${startOfDay(to, 1)}`);
}
