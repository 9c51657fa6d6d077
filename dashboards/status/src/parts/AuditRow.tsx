// One row of the audit in words; a row whose words were erased says so and keeps its place.

import type { AuditRow as Row } from "../audit_shapes.ts";
import { resultWord, whatWord } from "../show/audit.ts";
import { dayAndTime } from "../show/utc.ts";
import { t } from "../texts.ts";

/** Results that go without saying. */
const USUAL = new Set(["", "done", "allowed", "ok"]);

export function AuditRow({ row }: { row: Row }) {
  const time = dayAndTime(row.utc);
  return (
    <li class="audit-row" data-seq={row.seq}>
      <p class="audit-when">
        <time dateTime={new Date(row.utc * 1000).toISOString()}>{row.trusted ? time : t("time.untrusted", { time })}</time>
        <span>#{row.seq}</span>
      </p>
      {row.erased ? (
        <p class="audit-erased">
          <span class="tag">{t("audit.erased")}</span> {t("audit.erased_note")}
        </p>
      ) : (
        <>
          <p>
            <b>{row.who.name || row.who.id || t("audit.gateway")}</b>
            {row.who.deleted && <span class="tag">{t("audit.gone")}</span>} {whatWord(row.what)} {row.subject}
          </p>
          {row.reason !== "" && <p class="audit-why">{t("audit.why", { reason: row.reason })}</p>}
          {!USUAL.has(row.result) && <p class="odd">{resultWord(row.result)}</p>}
          {Object.keys(row.body).length > 0 && (
            <details>
              <summary>{t("audit.details")}</summary>
              <pre tabIndex={0}>{JSON.stringify(row.body, null, 1)}</pre>
            </details>
          )}
        </>
      )}
    </li>
  );
}
