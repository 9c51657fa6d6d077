// The head of the chain of audit rows, which leaves the box every day; and the check of the whole chain.

import { useSignal } from "@preact/signals";
import { LONG_LIMIT_MS, post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { AuditHead as Head, Verified } from "../audit_shapes.ts";
import { useSending } from "../sending.ts";
import { dayAndTime } from "../show/utc.ts";
import { amount, reason } from "../show/value.ts";
import { t } from "../texts.ts";
import { Copy } from "./Copy.tsx";
import { CalmMark, PriorityMark } from "./PriorityMark.tsx";
import { Trouble } from "./Trouble.tsx";

export function AuditHead() {
  const { value: head, trouble } = useAsked<Head>("audit/head");
  const verified = useSignal<Verified | null>(null);
  const sending = useSending();
  const verify = () =>
    void sending.run(async () => {
      verified.value = await post<Verified>("audit/verify", {}, LONG_LIMIT_MS);
    });
  return (
    <section aria-labelledby="head-title">
      <h2 id="head-title">{t("audit.head")}</h2>
      <Trouble problem={trouble ?? sending.trouble} />
      {head !== null && (
        <div class="audit-head">
          <p>{t("audit.rows", { n: amount(head.rows), seq: head.seq, time: dayAndTime(head.utc) })}</p>
          {head.checkpoint !== null && (
            <p>{t("audit.checkpoint", { seq: head.checkpoint.seq, time: dayAndTime(head.checkpoint.utc) })}</p>
          )}
          <code>
            {head.head}@{head.seq}
          </code>
          <p class="field-note">{t("audit.head_note")}</p>
          <div class="orders">
            <button type="button" class="answer" aria-disabled={sending.busy} onClick={verify}>
              {t(sending.busy ? "audit.verifying" : "audit.verify")}
            </button>
            <Copy text={`${head.head}@${head.seq}`} />
          </div>
        </div>
      )}
      {verified.value !== null && <Result {...verified.value} />}
    </section>
  );
}

function Result({ ok, rows, from_seq: from, to_seq: to, erased, pruned, lost, broken, more_broken: more }: Verified) {
  return (
    <div role="status">
      <p class={`outcome ${ok ? "done" : "refused"}`}>
        {ok ? <CalmMark /> : <PriorityMark priority={1} />}
        <span>
          {t(ok ? "audit.whole" : "audit.broken", { n: amount(rows), from, to })}
          {erased + pruned > 0 && <small>{t("audit.left_out", { erased: amount(erased), pruned: amount(pruned) })}</small>}
          {lost.map(([first, last]) => (
            <small key={first}>{t("audit.lost", { first, last })}</small>
          ))}
          {broken.map(({ seq, why }) => (
            <small key={seq}>
              #{seq} {reason(why)}
            </small>
          ))}
          {more > 0 && <small>{t("audit.more_broken", { n: amount(more) })}</small>}
        </span>
      </p>
    </div>
  );
}
