// 总览: is all well, what must be answered, where.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { post, Problem } from "../ask.ts";
import { AlarmList } from "../parts/AlarmList.tsx";
import { Buildings } from "../parts/Buildings.tsx";
import { HouseNotes } from "../parts/HouseNotes.tsx";
import { StoreNotes } from "../parts/StoreNotes.tsx";
import { Verdict } from "../parts/Verdict.tsx";
import { href } from "../route.ts";
import { sorted, unanswered } from "../store/alarms.ts";
import { mode } from "../store/live.ts";
import * as overview from "../store/overview.ts";
import { mayTell } from "../store/session.ts";
import { lookup, t } from "../texts.ts";

const FIRST = 5;

export function Overview() {
  return (
    <main id="content" tabIndex={-1}>
      <h1 class="unseen">{t("overview.title")}</h1>
      <Verdict />
      <HouseNotes />
      <StoreNotes />
      <div class="split">
        <div class="split-alarms">
          <Alarms />
          <Facts />
          <Stories />
        </div>
        <Buildings />
      </div>
    </main>
  );
}

function Alarms() {
  const all = sorted.value;
  const known = overview.verdict.value !== null && mode.value !== "connecting";
  return (
    <section aria-labelledby="alarms-title">
      <h2 id="alarms-title">{t("overview.alarms")}</h2>
      {all.length === 0 && <p class="empty">{known ? t("overview.alarms_none") : t("alarms.none_unsure")}</p>}
      <AlarmList alarms={all} first={FIRST} />
      {all.length > FIRST && (
        <a class="more" href={href({ page: "alarms", tab: unanswered.value.length > 0 ? "unanswered" : "answered" })}>
          {t("overview.alarms_all", { n: all.length })}
        </a>
      )}
    </section>
  );
}

function Facts() {
  const lines = overview.lines.value;
  const sums = overview.totals.value;
  const [charging, parcels] = [overview.charging.value, overview.parcels.value];
  if (lines === null) return null;
  return (
    <dl class="facts">
      <Fact name={t("overview.lines")} total={lines.up + lines.lost + lines.unknown}>
        {[
          [lines.lost, t("overview.lines_lost")],
          [lines.unknown, t("overview.lines_unknown")],
        ]}
      </Fact>
      <Fact name={t("overview.devices")} total={sums.devices}>
        {[
          [sums.offline, t("overview.devices_offline")],
          [sums.unheard - sums.offline, t("overview.devices_unheard")],
        ]}
      </Fact>
      <Fact name={t("overview.doors")} total={sums.doors}>
        {[
          [sums.forced, t("overview.doors_forced")],
          [sums.held, t("overview.doors_held")],
          [sums.open - sums.held - sums.forced, t("overview.doors_open"), true],
        ]}
      </Fact>
      {sums.detectors.mounted > 0 && (
        <Fact name={t("nav.detectors")} total={sums.detectors.mounted}>
          {[
            [sums.detectors.lost, t("detector.lost")],
            [sums.detectors.late, t("detector.late")],
            [sums.detectors.unknown, t("detector.unknown")],
          ]}
        </Fact>
      )}
      <Fact name={<a href={href({ page: "charging" })}>{t("nav.charging")}</a>} total={charging.charging}>
        {[
          [charging.not_stopped, t("overview.not_stopped")],
          [charging.stops, t("overview.stops")],
        ]}
      </Fact>
      {parcels.overdue + parcels.forced > 0 && (
        <Fact name={<a href={href({ page: "lockers" })}>{t("nav.lockers")}</a>}>
          {[
            [parcels.forced, t("overview.lockers_forced")],
            [parcels.overdue, t("overview.lockers_overdue"), true],
          ]}
        </Fact>
      )}
    </dl>
  );
}

type Part = [count: number, word: string, ordinary?: boolean];

/** A total, then what is not ordinary about it; a passing open door is. */
function Fact({ name, total, children }: { name: ComponentChildren; total?: number; children: Part[] }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>
        {total !== undefined && <b>{total}</b>}
        {children
          .filter(([count]) => count > 0)
          .map(([count, word, ordinary]) => (
            <span key={word} class={ordinary ? "" : "odd"}>
              {count} {word}
            </span>
          ))}
      </dd>
    </div>
  );
}

function Stories() {
  const said = useSignal("");
  const names = overview.stories.value;
  if (names.length === 0 || !mayTell()) return null;
  const start = async (name: string) => {
    said.value = t("alarm.sending");
    try {
      await post<unknown>(`simulator/stories/${encodeURIComponent(name)}`, {});
      said.value = t("overview.story_started");
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      said.value = t("overview.story_failed", { why: error.message });
    }
  };
  return (
    <section class="stories" aria-labelledby="stories-title">
      <h2 id="stories-title">{t("overview.stories")}</h2>
      <div class="buttons">
        {names.map((name) => (
          <button key={name} type="button" class="tool" data-story={name} onClick={() => void start(name)}>
            {lookup(`story.${name}`, name)}
          </button>
        ))}
      </div>
      <p class="stories-said" role="status">
        {said.value}
      </p>
    </section>
  );
}
