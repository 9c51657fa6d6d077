// 历史: several points side by side, a picture for each unit, one pointer through all of them.

import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { useAsked } from "../asked.ts";
import { fetched } from "../build.ts";
import { useExporting } from "../exporting.ts";
import type { Histories, Series } from "../history_shapes.ts";
import { ExportButton } from "../parts/Export.tsx";
import { SeriesChooser } from "../parts/SeriesChooser.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import type * as Library from "../plot/Several.tsx";
import { href } from "../route.ts";
import { called, groups, readout } from "../show/series.ts";
import { minute } from "../show/time.ts";
import * as clock from "../store/clock.ts";
import { mayExport } from "../store/session.ts";
import { t } from "../texts.ts";

const SPANS = [1, 7, 30] as const;
const DAY_SECONDS = 86_400;
const PIXELS = 600;
const AGAIN_MS = 60_000;

/** `points` are DEVICE/KEY, parted by commas; the address keeps the choice, for a bookmark or a colleague. */
export function History({ points, days }: { points: string; days: string }) {
  const chosen = points.split(",").filter((point) => point !== "");
  const span = SPANS.find((one) => String(one) === days) ?? SPANS[0];
  const choosing = useSignal(chosen.length === 0);
  const go = (wanted: readonly string[], length: number) => {
    location.replace(href({ page: "history", points: wanted.join(","), days: String(length) }));
  };
  // The beginning stands still while the end goes on with the clock: the same question is asked again.
  const query = useMemo(() => {
    const from = Math.floor(clock.now.peek() / 1000) - span * DAY_SECONDS;
    return `points=${encodeURIComponent(points)}&from_utc=${from}`;
  }, [points, span]);
  const asked = useAsked<Histories>(chosen.length === 0 ? null : `history?${query}&pixels=${PIXELS}`, AGAIN_MS);
  return (
    <main id="content" class="histories" tabIndex={-1}>
      <h1>{t("nav.history")}</h1>
      <div class="histories-tools">
        <div class="chips" role="group" aria-label={t("histories.span")}>
          {SPANS.map((one) => (
            <button key={one} type="button" class="chip" aria-pressed={one === span} onClick={() => go(chosen, one)}>
              {t(`export.${one}`)}
            </button>
          ))}
        </div>
        {mayExport() && chosen.length > 0 && <Csv query={query} />}
      </div>
      <details open={choosing.value} onToggle={(event) => (choosing.value = event.currentTarget.open)}>
        <summary>{t("histories.choose")}</summary>
        {choosing.value && <SeriesChooser chosen={chosen} choose={(wanted) => go(wanted, span)} />}
      </details>
      {chosen.length === 0 && <p class="empty">{t("histories.none")}</p>}
      <Trouble problem={asked.trouble} />
      {chosen.length > 0 && asked.value === null && asked.trouble === null && <p class="empty">{t("plot.loading")}</p>}
      {asked.value !== null && (
        <Pictures histories={asked.value} drop={(gone) => go(chosen.filter((one) => one !== nameOf(gone)), span)} />
      )}
    </main>
  );
}

function nameOf({ device, key }: Series): string {
  return `${device}/${key}`;
}

function Csv({ query }: { query: string }) {
  return (
    <div class="export">
      <ExportButton exporting={useExporting()} label="export.these" address={() => `history/export?${query}`} />
    </div>
  );
}

function Pictures({ histories, drop }: { histories: Histories; drop: (series: Series) => void }) {
  const library = useSignal<typeof Library | null>(null);
  const trouble = useSignal("");
  const under = useSignal<number | null>(null);
  useEffect(() => {
    fetched(() => import("../plot/Several.tsx")).then(
      (loaded) => (library.value = loaded),
      (error: unknown) => (trouble.value = String(error)),
    );
  }, []);
  const at = under.value === null ? undefined : histories.t[under.value];
  return (
    <>
      <p class="readout" role="status">
        {at === undefined ? t("plot.hover") : t("histories.at", { time: minute(at * 1000) })}
      </p>
      {trouble.value !== "" && <p class="empty">{t("plot.failed", { why: trouble.value })}</p>}
      {groups(histories.series).map((group) => (
        <section key={group.id} class="plot-panel" aria-label={group.title}>
          <h2>{group.title}</h2>
          {library.value === null ? (
            <p class="empty">{t("plot.loading")}</p>
          ) : (
            <library.value.Several
              histories={histories}
              group={group}
              label={t("histories.label", { names: group.series.map(([, one]) => called(one)).join(", ") })}
              under={under}
            />
          )}
          <ul class="series-list">
            {group.series.map(([number, one]) => (
              <li key={nameOf(one)} class={`series series-${number}`}>
                <span class="series-mark" aria-hidden="true">
                  {number}
                </span>
                <a href={href({ page: one.detector ? "detector" : "device", id: one.device, point: one.key })}>{called(one)}</a>
                <b class="series-value">{under.value === null ? "" : readout(one, under.value)}</b>
                <button type="button" class="tool" aria-label={t("histories.drop", { name: called(one) })} onClick={() => drop(one)}>
                  ✕
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
      <p class="field-note">{t("histories.note")}</p>
    </>
  );
}
