// 数据: what is kept, what waits for whom, what was dropped or refused, and how old the backup is.

import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Problem } from "../ask.ts";
import { Moment } from "../parts/Moment.tsx";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { WorkNow } from "../parts/WorkNow.tsx";
import type { Backup, Outlet, Priority, Refused, Stores } from "../shapes.ts";
import { lost } from "../show/stores.ts";
import { age, minute } from "../show/time.ts";
import { amount, reason, size } from "../show/value.ts";
import { mayInspect } from "../store/session.ts";
import { quarantined, stores, trouble, watch } from "../store/stores.ts";
import { t } from "../texts.ts";

const DAY_SECONDS = 86_400;

/** A state by its shape; null is the calm mark. */
const MARKS: Record<Outlet["state"], Priority | null> = { up: null, starting: 4, failing: 3, refused: 2 };
const ROOM: Record<Stores["disk"]["state"], Priority | null> = { ample: null, scarce: 2, full: 1 };

export function Data() {
  useEffect(watch, []);
  const known = stores.value;
  const wrong = trouble.value;
  return (
    <main id="content" class="narrow data" tabIndex={-1}>
      <h1>{t("data.title")}</h1>
      {wrong !== null && (
        <p class="empty" role="status">
          {wrong.status === 403 ? t("alarm.forbidden") : t("data.failed", { why: wrong.message })}
          {known !== null && ` · ${t("connection.age", { age: age(Date.parse(known.now)) })}`}
        </p>
      )}
      <WorkNow kinds={["backfill", "backup", "prune", "verify"]} />
      {known === null ? wrong === null && <p class="empty">{t("verdict.waiting")}</p> : <Facts known={known} />}
    </main>
  );
}

function Facts({ known }: { known: Stores }) {
  const refused = known.outlets.reduce((sum, outlet) => sum + outlet.refused, 0);
  return (
    <>
      <section aria-labelledby="outlets-title">
        <h2 id="outlets-title">{t("data.outlets")}</h2>
        {known.outlets.length === 0 && <p class="empty">{t("data.outlets_none")}</p>}
        <ul class="outlets">
          {known.outlets.map((outlet) => (
            <Destination key={outlet.id} outlet={outlet} />
          ))}
        </ul>
      </section>
      <section aria-labelledby="box-title">
        <h2 id="box-title">{t("data.box")}</h2>
        <Box known={known} />
      </section>
      {mayInspect() && (
        <section aria-labelledby="quarantine-title">
          <h2 id="quarantine-title">{t("data.quarantine")}</h2>
          <Quarantine refused={refused} />
        </section>
      )}
    </>
  );
}

function Destination({ outlet }: { outlet: Outlet }) {
  const { backlog, state } = outlet;
  return (
    <li class={`outlet ${state}`} data-outlet={outlet.id}>
      <p class="outlet-head">
        <Mark priority={MARKS[state]} />
        <b>{outlet.id}</b>
        <span class="outlet-state">{t(`outlet.${state}`)}</span>
        {outlet.since !== null && <Moment at={outlet.since} />}
      </p>
      <p class="outlet-target">
        {outlet.kind} · {outlet.target}
      </p>
      {outlet.why !== "" && <p class="outlet-why">{reason(outlet.why)}</p>}
      <dl class="facts">
        <Fact name={t("data.backlog")}>
          {backlog.points === 0 ? t("data.none") : t("data.values", { n: amount(backlog.points) })}
          {backlog.oldest !== null && <span>{t("data.oldest", { age: age(Date.parse(backlog.oldest)) })}</span>}
        </Fact>
        <Fact name={t("data.sent")}>
          {t("data.values", { n: amount(outlet.points) })}
          {outlet.records > 0 && <span>{t("data.records", { n: amount(outlet.records) })}</span>}
        </Fact>
        {outlet.refused > 0 && (
          <Fact name={t("data.refused")}>
            <span class="odd">{t("data.lines", { n: amount(outlet.refused) })}</span>
          </Fact>
        )}
        {backlog.dropped > 0 && (
          <Fact name={t("data.lost")}>
            <span class="odd">{t("data.values", { n: amount(backlog.dropped) })}</span>
          </Fact>
        )}
      </dl>
    </li>
  );
}

function Box({ known }: { known: Stores }) {
  const { disk, journal, outbox, history, backups } = known;
  const [reasons, dropped] = lost(outbox.lost);
  const most = { size: size(outbox.max_bytes), n: amount(outbox.max_age_seconds / DAY_SECONDS) };
  return (
    <dl class="facts">
      <Fact name={t("data.disk")} mark={<Mark priority={ROOM[disk.state]} />}>
        {t("data.free", { size: size(disk.free_bytes) })}
        <span class={disk.state === "ample" ? "" : "odd"}>{t(`disk.${disk.state}`)}</span>
      </Fact>
      <Fact name={t("data.journal")} mark={<Mark priority={journal.recorded ? null : 1} />}>
        {journal.recorded ? t("data.recorded") : <span class="odd">{reason(journal.why)}</span>}
      </Fact>
      <Fact name={t("data.outbox")}>
        {size(outbox.bytes)}
        <span>{t("data.outbox_most", most)}</span>
        <Sentences said={outbox.damaged} />
      </Fact>
      {dropped > 0 && (
        <Fact name={t("data.lost")} mark={<Mark priority={3} />}>
          <span class="odd">{t("data.values", { n: amount(dropped) })}</span>
          <span>{reasons}</span>
        </Fact>
      )}
      <Fact name={t("data.history")}>
        {t("data.days", { n: history.keep_days })}
        <Sentences said={history.lost} />
      </Fact>
      {backups.length === 0 && <Fact name={t("data.backup")}>{t("data.backup_none")}</Fact>}
      {backups.map((backup) => (
        <Copy key={backup.place} backup={backup} />
      ))}
    </dl>
  );
}

function Copy({ backup }: { backup: Backup }) {
  const last = backup.last;
  return (
    <Fact name={t("data.backup")} mark={<Mark priority={backup.ok ? null : 3} />}>
      {last === null ? t("data.backup_never") : t("data.backup_last", { age: age(Date.parse(last)) })}
      <span>{backup.place}</span>
      {backup.due !== null && <span>{t("data.backup_due", { time: minute(Date.parse(backup.due)) })}</span>}
      {backup.why !== "" && <span class="odd">{reason(backup.why)}</span>}
    </Fact>
  );
}

function Quarantine({ refused }: { refused: number }) {
  const lines = useSignal<readonly Refused[] | null>(null);
  const wrong = useSignal("");
  useEffect(() => {
    let left = false;
    quarantined().then(
      (got) => {
        if (!left) [lines.value, wrong.value] = [got, ""];
      },
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        if (!left) wrong.value = error.message;
      },
    );
    return () => {
      left = true;
    };
  }, [refused]);
  if (wrong.value !== "") return <p class="empty">{t("data.failed", { why: wrong.value })}</p>;
  if (lines.value === null) return <p class="empty">{t("verdict.waiting")}</p>;
  if (lines.value.length === 0) return <p class="empty">{t("data.quarantine_none")}</p>;
  return (
    <ul class="refused-lines">
      {lines.value.map((line, place) => (
        <li key={`${line.at}/${place}`}>
          <p>
            <b>{line.destination}</b> <Moment at={line.at} />
          </p>
          <p class="refused-why">{line.why}</p>
          <code>{line.line}</code>
        </li>
      ))}
    </ul>
  );
}

function Fact({ name, mark, children }: { name: string; mark?: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>
        {mark}
        {name}
      </dt>
      <dd>{children}</dd>
    </div>
  );
}

function Sentences({ said }: { said: readonly string[] }) {
  return (
    <>
      {said.map((sentence) => (
        <span key={sentence} class="odd">
          {sentence}
        </span>
      ))}
    </>
  );
}

function Mark({ priority }: { priority: Priority | null }) {
  return priority === null ? <CalmMark /> : <PriorityMark priority={priority} />;
}
