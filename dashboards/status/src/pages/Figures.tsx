// 告警指标: how many alarms people have to look at and how they fare, by grid and by person.

import { useSignal } from "@preact/signals";
import type { Answers, Figures as Found, GridFigures, Load } from "../answering_shapes.ts";
import { useAsked } from "../asked.ts";
import type { Staff } from "../duty_shapes.ts";
import { Chips } from "../parts/Chips.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { countdown } from "../show/limit.ts";
import { amount } from "../show/value.ts";
import * as overview from "../store/overview.ts";
import { mayAnswer } from "../store/session.ts";
import { lookup, t } from "../texts.ts";

const DAYS = [1, 7, 30] as const;
const DAY_MS = 24 * 3_600_000;
/** What can be borne: two new alarms in ten minutes, ten at the worst (domain: EEMUA 191). */
const BORNE_MEAN = 2;
const BORNE_WORST = 10;

export function Figures() {
  const days = useSignal<number>(7);
  const asked = useSignal(Date.now());
  const from = new Date(asked.value - days.value * DAY_MS).toISOString();
  const { value, trouble } = useAsked<Found>(`figures?start=${encodeURIComponent(from)}`);
  const staff = useAsked<Staff>(mayAnswer() ? "people" : null).value;
  const names = new Map([...(staff?.people ?? []), ...(staff?.departments ?? [])].map(({ id, name }) => [id, name] as const));
  return (
    <main id="content" class="figures-page" tabIndex={-1}>
      <h1>{t("nav.figures")}</h1>
      <Chips<number> label={t("figures.span")} options={DAYS.map((n) => [n, t("span.days", { n })] as const)} chosen={days} />
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && (
        <>
          <Grids grids={value.grids} />
          <Persons figures={value} names={names} />
          <Sources grids={value.grids} />
        </>
      )}
    </main>
  );
}

function gridName(id: string): string {
  return overview.grids.value.find((grid) => grid.id === id)?.name ?? (id || t("figures.no_grid"));
}

function Grids({ grids }: { grids: readonly GridFigures[] }) {
  return (
    <div class="figures">
      <h2 id="grids-title">{t("figures.by_grid")}</h2>
      <div class="wide-table" role="region" tabIndex={0} aria-labelledby="grids-title">
        <table class="points">
          <thead>
            <tr>
              <th scope="col">{t("figures.grid")}</th>
              <LoadHeads />
              <th scope="col">{t("figures.stale")}</th>
              <th scope="col">{t("figures.chattering")}</th>
              <AnswerHeads />
            </tr>
          </thead>
          <tbody>
            {grids.map((grid) => (
              <tr key={grid.grid}>
                <th scope="row">{gridName(grid.grid)}</th>
                <LoadCells load={grid.load} />
                <td class="figure">{grid.stale}</td>
                <td class="figure">{grid.chattering}</td>
                <AnswerCells answers={grid.answers} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function Persons({ figures, names }: { figures: Found; names: ReadonlyMap<string, string> }) {
  return (
    <>
      <div class="figures">
        <h2 id="told-title">{t("figures.told")}</h2>
        <div class="wide-table" role="region" tabIndex={0} aria-labelledby="told-title">
          <table class="points">
            <thead>
              <tr>
                <th scope="col">{t("figures.person")}</th>
                <LoadHeads />
              </tr>
            </thead>
            <tbody>
              {figures.told.map(({ person, load }) => (
                <tr key={person}>
                  <th scope="row">{names.get(person) ?? person}</th>
                  <LoadCells load={load} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
      <div class="figures">
        <h2 id="answered-title">{t("figures.answered")}</h2>
        <div class="wide-table" role="region" tabIndex={0} aria-labelledby="answered-title">
          <table class="points">
            <thead>
              <tr>
                <th scope="col">{t("figures.person")}</th>
                <AnswerHeads />
              </tr>
            </thead>
            <tbody>
              {figures.answered.map(({ name, answers }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <AnswerCells answers={answers} />
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </div>
    </>
  );
}

function Sources({ grids }: { grids: readonly GridFigures[] }) {
  const top = grids.flatMap((grid) => grid.top).sort((a, b) => b.annunciations - a.annunciations);
  if (top.length === 0) return null;
  return (
    <section aria-labelledby="sources-title">
      <h2 id="sources-title">{t("figures.sources")}</h2>
      <ol class="editable">
        {top.slice(0, MOST).map(({ rule, source, annunciations, share }) => (
          <li key={`${rule}@${source}`} class="effect">
            <b>
              {source} {lookup(`alarm.${rule}`, rule)}
            </b>
            <span>{t("figures.source", { n: annunciations, share: percent(share) })}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

const MOST = 10;

function LoadHeads() {
  return (
    <>
      <th scope="col">{t("figures.annunciations")}</th>
      <th scope="col">{t("figures.mean")}</th>
      <th scope="col">{t("figures.worst")}</th>
      <th scope="col">{t("figures.share_over")}</th>
    </>
  );
}

function LoadCells({ load }: { load: Load }) {
  return (
    <>
      <td class="figure">{amount(load.annunciations)}</td>
      <td class={`figure${load.mean > BORNE_MEAN ? " odd" : ""}`}>{amount(load.mean)}</td>
      <td class={`figure${load.worst > BORNE_WORST ? " odd" : ""}`}>{load.worst}</td>
      <td class="figure">{percent(load.share_over)}</td>
    </>
  );
}

function AnswerHeads() {
  return (
    <>
      <th scope="col">{t("figures.taken")}</th>
      <th scope="col">{t("figures.p50")}</th>
      <th scope="col">{t("figures.p90")}</th>
      <th scope="col">{t("figures.false")}</th>
    </>
  );
}

function AnswerCells({ answers }: { answers: Answers }) {
  return (
    <>
      <td class="figure">{answers.taken}</td>
      <td class="figure">{soon(answers.p50_seconds)}</td>
      <td class="figure">{soon(answers.p90_seconds)}</td>
      <td class="figure">{answers.false_share === null ? t("value.none") : percent(answers.false_share)}</td>
    </>
  );
}

function soon(seconds: number | null): string {
  return seconds === null ? t("value.none") : countdown(seconds * 1_000);
}

function percent(share: number): string {
  return `${amount(share * 100)} %`;
}
