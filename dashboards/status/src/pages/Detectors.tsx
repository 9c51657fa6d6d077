// 探测器: all of them in numbers, a tile for each building, and search.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAsked } from "../asked.ts";
import { useDetectors } from "../detectors_asked.ts";
import type { Counts, DetectorCounts } from "../detector_shapes.ts";
import { DetectorRow } from "../parts/DetectorRow.tsx";
import { PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { amount } from "../show/value.ts";
import * as overview from "../store/overview.ts";
import { mayMount, mayWatch } from "../store/session.ts";
import type { Priority } from "../shapes.ts";
import { t } from "../texts.ts";

const EVERY_MS = 5_000;
const PAGE = 50;
/** People type faster than this; the gateway is asked when they pause. */
const PAUSE_MS = 250;

/** States that can be looked at alone, worst first. */
const STATES = ["alarm", "lost", "fault", "late", "unknown", "battery_low", "under_test", "unmounted"] as const;
type State = (typeof STATES)[number];
/** States that are nobody's worry. */
const CALM: ReadonlySet<State> = new Set(["under_test", "unmounted"]);

export function Detectors() {
  const { value: counts, trouble } = useAsked<Counts>("detectors/counts", EVERY_MS);
  const state = useSignal<State | "">("");
  const wanted = useSignal("");
  const searching = state.value !== "" || wanted.value.trim() !== "";
  return (
    <main id="content" class="detectors-page" tabIndex={-1}>
      <h1>{t("nav.detectors")}</h1>
      <nav class="actions" aria-label={t("detectors.actions")}>
        {mayMount() && <a href={href({ page: "rounds" })}>{t("nav.rounds")}</a>}
        {mayWatch() && <a href={href({ page: "walk_tests" })}>{t("nav.walk_tests")}</a>}
        {mayWatch() && <a href={href({ page: "receivers" })}>{receivers(counts)}</a>}
        {mayMount() && <a href={href({ page: "stock" })}>{t("nav.stock")}</a>}
        {mayMount() && <a href={href({ page: "inventory" })}>{t("nav.inventory")}</a>}
      </nav>
      <Trouble problem={trouble} />
      {counts === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {counts !== null && <States counts={counts.all} state={state} />}
      <div class="search">
        <input
          type="search"
          aria-label={t("detectors.search")}
          placeholder={t("detectors.search")}
          maxLength={80}
          value={wanted.value}
          onInput={(event) => (wanted.value = event.currentTarget.value)}
        />
      </div>
      {searching ? (
        <Matches key={state.value} state={state.value} wanted={wanted} />
      ) : (
        counts !== null && <Buildings counts={counts.buildings} />
      )}
    </main>
  );
}

function receivers(counts: Counts | null): string {
  const blind = counts?.receivers.blind ?? 0;
  return blind === 0 ? t("nav.receivers") : t("detectors.receivers_blind", { n: blind });
}

function number(counts: DetectorCounts, state: State): number {
  return state === "unmounted" ? counts.detectors - counts.mounted : counts[state];
}

/** How many are in each state; one tap lists them. What nobody is in is not shown. */
function States({ counts, state }: { counts: DetectorCounts; state: Signal<State | ""> }) {
  const shown = STATES.filter((one) => number(counts, one) > 0 || state.value === one);
  return (
    <div class="states" role="group" aria-label={t("detectors.states")}>
      <p class="states-total">
        <b>{amount(counts.mounted)}</b> {t("detectors.mounted")}
      </p>
      {shown.map((one) => (
        <button
          key={one}
          type="button"
          class={`chip state look-${one}${CALM.has(one) ? "" : " odd"}`}
          aria-pressed={state.value === one}
          onClick={() => (state.value = state.value === one ? "" : one)}
        >
          {t(`detector.${one}`)} {amount(number(counts, one))}
        </button>
      ))}
    </div>
  );
}

function Matches({ state, wanted }: { state: State | ""; wanted: Signal<string> }) {
  const query = useSignal(wanted.peek().trim());
  const most = useSignal(PAGE);
  useEffect(() => {
    const timer = setTimeout(() => {
      query.value = wanted.value.trim();
      most.value = PAGE;
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted.value]);
  const found = useDetectors(`q=${encodeURIComponent(query.value)}&state=${state}`, most.value, EVERY_MS);
  return (
    <>
      <Trouble problem={found.trouble} />
      {found.rows === null && found.trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {found.rows !== null && (
        <>
          <p class="count-line" role="status">
            {t("detectors.total", { n: amount(found.total) })}
          </p>
          <ul class="door-rows">
            {found.rows.map((detector) => (
              <DetectorRow key={detector.id} detector={detector} />
            ))}
          </ul>
          {found.total > found.rows.length && (
            <button type="button" class="answer quiet more-rows" onClick={() => (most.value += PAGE)}>
              {t("detectors.more", { n: amount(found.total - found.rows.length) })}
            </button>
          )}
        </>
      )}
    </>
  );
}

function Buildings({ counts }: { counts: Counts["buildings"] }) {
  const known = overview.buildings.value.filter((id) => counts[id] !== undefined);
  if (known.length === 0) return <p class="empty">{t("detectors.none")}</p>;
  return (
    <div class="tiles wide">
      {known.map((id) => (
        <BuildingTile key={id} id={id} counts={counts[id] as DetectorCounts} />
      ))}
    </div>
  );
}

/** The worst state of a building, with the number of those in it. */
function worst(counts: DetectorCounts): { priority: Priority | null; notes: string[] } {
  const odd = STATES.filter((one) => !CALM.has(one) && counts[one as keyof DetectorCounts] > 0);
  const priority = odd.includes("alarm") ? 1 : odd.includes("lost") || odd.includes("fault") ? 3 : null;
  return { priority, notes: odd.map((one) => `${t(`detector.${one}`)} ${number(counts, one)}`) };
}

function BuildingTile({ id, counts }: { id: string; counts: DetectorCounts }) {
  const { priority, notes } = worst(counts);
  const unsure = priority === null && overview.silent(counts) > 0;
  return (
    <a
      class={`tile${priority === null ? "" : ` p${priority} unanswered`}${unsure ? " unsure" : ""}`}
      href={href({ page: "floors", id, entrance: null })}
      data-building={id}
    >
      <span class="tile-head">
        <span class="tile-name">{overview.tile(id)?.value.name ?? id}</span>
        {priority !== null && <PriorityMark priority={priority} />}
      </span>
      <span class="tile-notes">
        {notes.length === 0 ? (
          <span>{t("detectors.of_building", { n: counts.mounted })}</span>
        ) : (
          notes.map((note) => <span key={note}>{note}</span>)
        )}
      </span>
    </a>
  );
}
