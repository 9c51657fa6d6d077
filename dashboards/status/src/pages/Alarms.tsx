// 告警: unanswered, answered, spared, all. The tab stands in the address.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Problem } from "../ask.ts";
import { AlarmList } from "../parts/AlarmList.tsx";
import { type AlarmTab, href } from "../route.ts";
import type { Alarm } from "../shapes.ts";
import * as alarms from "../store/alarms.ts";
import { verdict } from "../store/overview.ts";
import { t } from "../texts.ts";

const TABS: readonly AlarmTab[] = ["unanswered", "answered", "spared", "all"];

export function Alarms({ tab }: { tab: AlarmTab }) {
  const counts: Record<AlarmTab, number | null> = {
    unanswered: alarms.unanswered.value.length,
    answered: alarms.answered.value.length,
    spared: alarms.spared.value.length,
    all: null,
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("alarms.title")}</h1>
      <nav class="tabs" aria-label={t("alarms.tabs")}>
        {TABS.map((one) => (
          <a key={one} href={href({ page: "alarms", tab: one })} aria-current={one === tab ? "page" : undefined}>
            {t(`alarms.${one}`)}
            {counts[one] !== null && <span class="number">{counts[one]}</span>}
          </a>
        ))}
      </nav>
      {tab === "all" ? <All /> : <Open key={tab} tab={tab} />}
    </main>
  );
}

function Open({ tab }: { tab: Exclude<AlarmTab, "all"> }) {
  const rows = alarms[tab].value;
  const known = verdict.value !== null;
  return (
    <>
      {rows.length === 0 && <p class="empty">{known ? t(`alarms.none_${tab}`) : t("alarms.none_unsure")}</p>}
      <AlarmList alarms={rows} />
    </>
  );
}

function All() {
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
  const rows = [...alarms.sorted.value, ...alarms.spared.value, ...ended];
  return (
    <>
      {trouble.value !== "" && <p class="empty">{t("alarms.failed", { why: trouble.value })}</p>}
      {rows.length === 0 && trouble.value === "" && (
        <p class="empty">{past.value === null ? t("alarms.none_unsure") : t("alarms.none_all")}</p>
      )}
      <AlarmList alarms={rows} />
    </>
  );
}
