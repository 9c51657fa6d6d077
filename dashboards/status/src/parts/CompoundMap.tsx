// 看图: the compound as it stands, drawn from the configuration: a plot for each grid, a house for each building, as wide as
// its units and as high as its floors. Where the buildings really stand is in no configuration.

import { useSignal } from "@preact/signals";
import type { Signal } from "@preact/signals";
import { href } from "../route.ts";
import type { Tile } from "../shapes.ts";
import { abnormal, toneOf } from "../show/building.ts";
import { t } from "../texts.ts";
import type { Group } from "./Buildings.tsx";
import { PriorityMark } from "./PriorityMark.tsx";

export function CompoundMap({ groups }: { groups: Group[] }) {
  const asTable = useSignal(false);
  return (
    <div class="map" onKeyDown={walk}>
      <Legend />
      <div class="plots">
        {groups.map((group) => (
          <div key={group.id} class="plot-of-grid">
            {group.name !== "" && <h3>{group.name}</h3>}
            <ul class="houses">
              {group.tiles.map((tile) => (
                <House key={tile.peek().id} tile={tile} />
              ))}
            </ul>
          </div>
        ))}
      </div>
      <details class="menu" open={asTable.value} onToggle={(event) => (asTable.value = event.currentTarget.open)}>
        <summary>{t("map.as_table")}</summary>
        {asTable.value && <Table groups={groups} />}
      </details>
    </div>
  );
}

/** As many words stand under a house; the others are for those who listen, and for the building's own page. */
const SHOWN = 2;

function House({ tile }: { tile: Signal<Tile> }) {
  const facts = tile.value;
  const words = wordsOf(facts);
  return (
    <li>
      <a class={`house ${toneOf(facts)}`} href={href({ page: "building", id: facts.id })}>
        <Walls facts={facts} />
        <span class="unseen">{facts.name} </span>
        <span class="house-name" aria-hidden="true">
          {shortName(facts.name)}
        </span>
        {words.slice(0, SHOWN).map((word) => (
          <span key={word} class="house-word">
            {word}{" "}
          </span>
        ))}
        <span class="unseen">{words.length === 0 ? t("map.well") : words.slice(SHOWN).join(" ")}</span>
        {facts.worst !== null && <PriorityMark priority={facts.worst} />}
      </a>
    </li>
  );
}

/** Of what the sizes are: one unit is so wide, one floor so high, in px; no building is drawn beyond the last two. */
const UNIT = 15;
const FLOOR = 2;
const LEAST = { units: 2, floors: 6 };
const MOST = { units: 4, floors: 33 };

function Walls({ facts }: { facts: Tile }) {
  const units = bounded(facts.units, LEAST.units, MOST.units);
  const floors = bounded(facts.floors, LEAST.floors, MOST.floors);
  const [width, height] = [units * UNIT, floors * FLOOR];
  const storeys = Array.from({ length: Math.floor(floors / 3) }, (_, place) => `M0 ${height - (place + 1) * 3 * FLOOR}h${width}`);
  const entrances = Array.from({ length: units - 1 }, (_, place) => `M${(place + 1) * UNIT} 0v${height}`);
  return (
    <svg class="walls" width={width} height={height + 2} viewBox={`-1 -1 ${width + 2} ${height + 2}`} aria-hidden="true">
      <rect class="wall" width={width} height={height} rx="1.5" />
      <path class="storeys" d={[...storeys, ...entrances].join("")} />
    </svg>
  );
}

function bounded(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** "59" of "59号楼"; a name without a number keeps its first words. */
function shortName(name: string): string {
  return /\d+[A-Za-z]?/.exec(name)?.[0] ?? name.slice(0, 3);
}

/** The worst alarm by its word, then what is not ordinary; nothing when all is well. */
function wordsOf(facts: Tile): string[] {
  return [...(facts.worst === null ? [] : [t(`priority.${facts.worst}`)]), ...abnormal(facts)];
}

function Legend() {
  return (
    <p class="map-legend">
      {([1, 2, 3, 4] as const).map((priority) => (
        <span key={priority}>
          <PriorityMark priority={priority} />
          {t(`priority.${priority}`)}
        </span>
      ))}
      <span class="map-unsure">{t("map.unsure")}</span>
    </p>
  );
}

function Table({ groups }: { groups: Group[] }) {
  return (
    <div class="table-room" tabIndex={0} role="region" aria-label={t("map.as_table")}>
      <table class="hours">
        <thead>
          <tr>
            <th scope="col">{t("overview.buildings")}</th>
            <th scope="col">{t("map.worst")}</th>
            <th scope="col">{t("map.unanswered")}</th>
            <th scope="col">{t("map.offline")}</th>
            <th scope="col">{t("map.held")}</th>
          </tr>
        </thead>
        <tbody>
          {groups.flatMap((group) => group.tiles).map((tile) => (
            <Row key={tile.peek().id} {...tile.value} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ id, name, worst, unanswered, offline, held }: Tile) {
  return (
    <tr>
      <th scope="row">
        <a href={href({ page: "building", id })}>{name}</a>
      </th>
      <td>{worst === null ? "–" : t(`priority.${worst}`)}</td>
      <td>{unanswered}</td>
      <td>{offline}</td>
      <td>{held}</td>
    </tr>
  );
}

const STEPS: Readonly<Record<string, [right: number, down: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Arrow keys go from house to house as they stand on the screen. */
function walk(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = STEPS[event.key];
  const here = document.activeElement;
  if (step === undefined || !(here instanceof HTMLElement) || !here.classList.contains("house")) return;
  const houses = [...event.currentTarget.querySelectorAll<HTMLElement>(".house")];
  const [right, down] = step;
  const next = right === 0 ? below(here, houses, down) : houses[houses.indexOf(here) + right];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}

/** The nearest house that way; what stands aside is farther than what stands in line. */
function below(here: HTMLElement, houses: readonly HTMLElement[], down: number): HTMLElement | undefined {
  const [x, y] = foot(here);
  const distance = (house: HTMLElement) => {
    const [otherX, otherY] = foot(house);
    return (otherY - y) * down + ASIDE * Math.abs(otherX - x);
  };
  return houses.filter((house) => (foot(house)[1] - y) * down > 1).sort((a, b) => distance(a) - distance(b))[0];
}

const ASIDE = 4;

function foot(house: HTMLElement): [x: number, y: number] {
  const { left, width, bottom } = house.getBoundingClientRect();
  return [left + width / 2, bottom];
}
