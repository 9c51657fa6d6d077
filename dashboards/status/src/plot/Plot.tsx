// The picture: a line with its min-max band, a step line for states; gaps stay gaps. Sizes and colours follow the page.

import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { History } from "../shapes.ts";
import { clockFace } from "../show/time.ts";
import { number, state, unit } from "../show/value.ts";
import { language, t } from "../texts.ts";

const HEIGHT_NUMBERS = 260;
const HEIGHT_STATES = 130;

/** Draws `history`; `under` follows the bucket under the pointer. */
export function Plot({ history, label, under }: { history: History; label: string; under: Signal<number | null> }) {
  const holder = useRef<HTMLDivElement>(null);
  const spoken = language.value;

  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    let plot = draw(element, history, under);
    const resized = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: plot.height });
    });
    resized.observe(element);
    const theme = matchMedia("(prefers-color-scheme: dark)");
    const redraw = () => {
      plot.destroy();
      plot = draw(element, history, under);
    };
    theme.addEventListener("change", redraw);
    return () => {
      theme.removeEventListener("change", redraw);
      resized.disconnect();
      plot.destroy();
      under.value = null;
    };
  }, [history, spoken]);

  return <div class="plot" role="img" aria-label={label} ref={holder} />;
}

function draw(element: HTMLElement, history: History, under: Signal<number | null>): uPlot {
  const truth = history.kind === "boolean";
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour("--soft"),
    font: `12px ${style.fontFamily}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const line = { stroke: colour("--trace"), width: 1.5, points: { show: false }, spanGaps: false };
  const edge = { stroke: "transparent", points: { show: false } };
  const stepped = uPlot.paths.stepped?.({ align: 1 });

  const options: uPlot.Options = {
    width: element.clientWidth,
    height: truth ? HEIGHT_STATES : HEIGHT_NUMBERS,
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false }, points: { size: 7 } },
    scales: { x: { time: true, range: [epoch(history.start), epoch(history.end)] }, y: truth ? { range: [-0.15, 1.15] } : {} },
    axes: [
      { ...axis, values: (_, ticks) => ticks.map((tick) => hour(tick)) },
      truth
        ? { ...axis, size: labelWidth(history), splits: () => [0, 1], values: () => [false, true].map((value) => state(value, history.meaning)) }
        : { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => `${number(tick)}${unit(history.unit)}`) },
    ],
    series: truth
      ? [{}, { ...line, ...(stepped && { paths: stepped }), fill: colour("--band") }]
      : [{}, edge, edge, line],
    bands: truth ? [] : [{ series: [1, 2], fill: colour("--band") }],
    hooks: { setCursor: [(plot) => (under.value = plot.cursor.idx ?? null)] },
  };
  return new uPlot(options, columns(history, truth), element);
}

function columns(history: History, truth: boolean): uPlot.AlignedData {
  if (truth) return [history.t, history.last.map((value) => (value === null ? null : Number(value)))];
  return [history.t, history.max, history.min, history.mean];
}

function labelWidth(history: History): number {
  const longest = Math.max(...[false, true].map((value) => state(value, history.meaning).length));
  return Math.min(110, 24 + longest * 13);
}

function hour(tick: number): string {
  const at = new Date(tick * 1000);
  if (at.getHours() > 0 || at.getMinutes() > 0) return clockFace(tick * 1000, false);
  return t("time.other_day", { month: at.getMonth() + 1, day: at.getDate(), clock: "" }).trim();
}

function epoch(iso: string): number {
  return Date.parse(iso) / 1000;
}
