// Several points in one picture: lines told apart by colour, dash and number; states in lanes of their own. A gap stays a
// gap, and what was heard only in part has a hollow ring.

import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Histories, Series } from "../history_shapes.ts";
import type { Group } from "../show/series.ts";
import { tickFace } from "../show/time.ts";
import { number, unit } from "../show/value.ts";
import { zone } from "../show/zone.ts";
import { language } from "../texts.ts";

const HEIGHT_NUMBERS = 240;
const LANE = 34;
/** With more lines than this their bands would hide them. */
const MOST_BANDS = 3;
/** How much of its lane a state takes. */
const STEP = 0.7;
const COLOURS = 6;
const DAY_SECONDS = 86_400;

interface Properties {
  histories: Histories;
  group: Group;
  label: string;
  under: Signal<number | null>;
}

export function Several({ histories, group, label, under }: Properties) {
  const holder = useRef<HTMLDivElement>(null);
  const spoken = language.value;
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    let plot = draw(element, histories, group, under);
    const resized = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: plot.height });
    });
    resized.observe(element);
    const theme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => {
      plot.destroy();
      plot = draw(element, histories, group, under);
    };
    theme.addEventListener("change", redraw);
    return () => {
      theme.removeEventListener("change", redraw);
      resized.disconnect();
      plot.destroy();
    };
  }, [histories, group.id, spoken]);
  return <div class="plot" role="img" aria-label={label} ref={holder} />;
}

/** The colour of the series with that number; the second half of them is dashed. */
export function trace(number: number): string {
  return `--trace-${((number - 1) % COLOURS) + 1}`;
}

function draw(element: HTMLElement, histories: Histories, group: Group, under: Signal<number | null>): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const lanes = group.series.length;
  const drawn = group.truth ? states(group, colour) : numbers(group, colour);
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: group.truth ? 40 + lanes * LANE : HEIGHT_NUMBERS,
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone.peek()),
    // One pointer for all pictures: what happened at the same time stands at the same place.
    cursor: { y: false, drag: { setScale: false }, points: { size: 6 }, sync: { key: "histories" } },
    scales: { x: { time: true, range: [histories.from_utc, histories.to_utc] }, y: group.truth ? { range: [-0.1, lanes] } : {} },
    axes: axes(style, colour, group, histories),
    series: [{}, ...drawn.series],
    bands: drawn.bands,
    hooks: { setCursor: [(plot) => (under.value = plot.cursor.idx ?? null)] },
  };
  return new uPlot(options, [histories.t, ...drawn.columns], element);
}

interface Drawn {
  series: uPlot.Series[];
  bands: uPlot.Band[];
  columns: (number | null)[][];
}

type Colour = (name: string) => string;

function line(number: number, series: Series, colour: Colour): uPlot.Series {
  const stroke = colour(trace(number));
  const doubtful = series.quality.flatMap((quality, index) => (quality === "uncertain" ? [index] : []));
  return {
    stroke,
    width: 1.5,
    spanGaps: false,
    ...(number > COLOURS && { dash: [6, 4] }),
    points: { show: true, size: 6, stroke, fill: colour("--panel"), filter: () => sparse(doubtful) },
  };
}

/** A ring for each stretch would be a wall of rings: at most one in every few buckets. */
function sparse(indices: number[]): number[] {
  const step = Math.ceil(indices.length / 40);
  return indices.filter((_, place) => place % step === 0);
}

function numbers(group: Group, colour: Colour): Drawn {
  const banded = group.series.length <= MOST_BANDS;
  const drawn: Drawn = { series: [], bands: [], columns: [] };
  for (const [number, series] of group.series) {
    if (banded) {
      const edge: uPlot.Series = { stroke: "transparent", points: { show: false } };
      const first = drawn.series.push(edge, edge);
      drawn.bands.push({ series: [first - 1, first], fill: colour(`${trace(number)}-band`) });
      drawn.columns.push(series.max, series.min);
    }
    drawn.series.push(line(number, series, colour));
    drawn.columns.push(series.mean);
  }
  return drawn;
}

/** The first series has the lane at the top. */
function states(group: Group, colour: Colour): Drawn {
  const stepped = uPlot.paths.stepped?.({ align: 1 });
  const drawn: Drawn = { series: [], bands: [], columns: [] };
  group.series.forEach(([number, series], place) => {
    const lane = group.series.length - 1 - place;
    drawn.series.push({ ...line(number, series, colour), ...(stepped && { paths: stepped }), width: 2 });
    // A door that opened and closed within a bucket was open in it.
    drawn.columns.push(series.max.map((value, index) => (value === null && series.last[index] === null ? null : lane + STEP * (value ?? 0))));
  });
  return drawn;
}

function axes(style: CSSStyleDeclaration, colour: Colour, group: Group, histories: Histories): uPlot.Axis[] {
  const letters = 0.75 * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const axis: uPlot.Axis = {
    stroke: colour("--soft"),
    font: `${letters}px ${style.fontFamily}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const long = histories.to_utc - histories.from_utc > 2 * DAY_SECONDS;
  const across: uPlot.Axis = { ...axis, size: 3 * letters, space: 6 * letters, values: (_, ticks) => ticks.map((tick) => tickFace(tick * 1000, long)) };
  if (group.truth) {
    const lanes = group.series.map((_, place) => place);
    const names = group.series.map(([number]) => `${number}`).reverse();
    return [across, { ...axis, size: 2.5 * letters, splits: () => lanes, values: () => names }];
  }
  const values = (_: uPlot, ticks: number[]) => ticks.map((tick) => `${number(tick)}${unit(group.id)}`);
  return [across, { ...axis, size: 5.5 * letters, values }];
}
