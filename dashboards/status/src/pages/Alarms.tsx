// 告警: unanswered, answered, spared, closed. The tab and what is left out of it stand in the address.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { Problem } from "../ask.ts";
import { type Key, useAlarmKeys } from "../parts/alarm_keys.ts";
import { AlarmFilter } from "../parts/AlarmFilter.tsx";
import { AlarmList } from "../parts/AlarmList.tsx";
import { BulkBar } from "../parts/BulkBar.tsx";
import { later } from "../parts/Later.tsx";
import { makePicking } from "../parts/picking.ts";
import { type AlarmTab, href, type Only } from "../route.ts";
import type { Alarm } from "../shapes.ts";
import { sparable, subject } from "../show/alarm.ts";
import * as alarms from "../store/alarms.ts";
import { verdict } from "../store/overview.ts";
import { mayAnswer, whoAnswers } from "../store/session.ts";
import { t } from "../texts.ts";

const TABS: readonly AlarmTab[] = ["unanswered", "answered", "spared", "closed"];

const KeysDialog = later(async () => (await import("./acting.ts")).KeysDialog, () => null);
const NoteDialog = later(async () => (await import("./acting.ts")).NoteDialog, () => null);
const ShelveDialog = later(async () => (await import("./acting.ts")).ShelveDialog, () => null);

export function Alarms({ tab, only }: { tab: AlarmTab; only: Only }) {
  const counts: Record<AlarmTab, number | null> = {
    unanswered: alarms.unanswered.value.length,
    answered: alarms.answered.value.length,
    spared: alarms.spared.value.length,
    closed: null,
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("alarms.title")}</h1>
      <nav class="tabs" aria-label={t("alarms.tabs")}>
        {TABS.map((one) => (
          <a key={one} href={href({ page: "alarms", tab: one, only })} aria-current={one === tab ? "page" : undefined}>
            {t(`alarms.${one}`)}
            {counts[one] !== null && <span class="number">{counts[one]}</span>}
          </a>
        ))}
      </nav>
      <AlarmFilter tab={tab} only={only} />
      {tab === "closed" ? <Closed only={only} /> : <Open key={tab} tab={tab} only={only} />}
    </main>
  );
}

function chosen(only: Only): (alarm: Alarm) => boolean {
  return (alarm) =>
    (only.priority === undefined || `${alarm.priority}` === only.priority) &&
    (only.kind === undefined || subject(alarm) === only.kind) &&
    (only.building === undefined || alarm.place.building === only.building) &&
    (only.grid === undefined || alarm.place.grid === only.grid);
}

type Asking = { what: "keys" } | { what: "note"; alarm: Alarm; act: alarms.Act } | { what: "shelve"; alarms: Alarm[]; most: number };

function Open({ tab, only }: { tab: Exclude<AlarmTab, "closed">; only: Only }) {
  const picking = useMemo(makePicking, []);
  const asking = useSignal<Asking | null>(null);
  const every = alarms[tab].value;
  const rows = every.filter(chosen(only));
  const leave = () => (asking.value = null);

  const shelve = (these: readonly Alarm[]) => {
    const spans = these.map(sparable);
    if (spans.length === 0 || spans.includes(null)) return;
    asking.value = { what: "shelve", alarms: [...these], most: Math.min(...spans.map(Number)) };
  };
  useAlarmKeys((key: Key, number) => {
    if (key === "?") asking.value = { what: "keys" };
    const alarm = rows.find((one) => one.number === number);
    if (alarm === undefined || !mayAnswer()) return;
    const act = alarms.isUnanswered(alarm) ? "ack" : alarms.canReset(alarm) ? "reset" : null;
    if (key === "a" && act !== null) void alarms.request(alarm, act, whoAnswers());
    if (key === "n" && act !== null) asking.value = { what: "note", alarm, act };
    if (key === "n" && act === null) location.hash = href({ page: "alarm", id: `${alarm.number}` });
    if (key === "s" && alarm.suppression === "none") shelve([alarm]);
  });

  const now = asking.value;
  return (
    <>
      <div class="list-tools">
        {mayAnswer() && tab !== "spared" && (
          <button type="button" class="tool" aria-pressed={picking.on.value} onClick={() => (picking.on.value = !picking.on.value)}>
            {t("alarms.several")}
          </button>
        )}
        <button type="button" class="tool keys-help" onClick={() => (asking.value = { what: "keys" })}>
          {t("alarms.keys")} <kbd>?</kbd>
        </button>
      </div>
      {rows.length === 0 && <p class="empty">{none(tab, every.length > 0)}</p>}
      <AlarmList alarms={rows} picking={picking} />
      <BulkBar picking={picking} rows={rows} shelve={shelve} />
      {now?.what === "keys" && <KeysDialog leave={leave} />}
      {now?.what === "note" && <NoteDialog alarm={now.alarm} act={now.act} leave={leave} />}
      {now?.what === "shelve" && <ShelveDialog alarms={now.alarms} most={now.most} leave={leave} />}
    </>
  );
}

function none(tab: Exclude<AlarmTab, "closed">, others: boolean): string {
  if (others) return t("alarms.none_chosen");
  return verdict.value === null ? t("alarms.none_unsure") : t(`alarms.none_${tab}`);
}

function Closed({ only }: { only: Only }) {
  const past = useSignal<readonly Alarm[] | null>(null);
  const trouble = useSignal("");
  const open = alarms.open.value;
  // An alarm that leaves the open ones is asked for once more, to show how it ended.
  useEffect(() => {
    let left = false;
    alarms.all().then(
      (all) => {
        if (!left) [past.value, trouble.value] = [all, ""];
      },
      (error: unknown) => {
        if (!(error instanceof Problem)) throw error;
        if (!left) trouble.value = error.message;
      },
    );
    return () => {
      left = true;
    };
  }, [open.size]);

  const ended = (past.value ?? []).filter((alarm) => !open.has(alarm.number));
  const rows = ended.filter(chosen(only));
  return (
    <>
      {trouble.value !== "" && <p class="empty">{t("alarms.failed", { why: trouble.value })}</p>}
      {rows.length === 0 && trouble.value === "" && (
        <p class="empty">
          {past.value === null ? t("alarms.none_unsure") : t(ended.length > 0 ? "alarms.none_chosen" : "alarms.none_closed")}
        </p>
      )}
      <AlarmList alarms={rows} />
    </>
  );
}
