// The picture: a line with its min-max band, a step line for states; gaps stay gaps. Sizes and colours follow the page.

import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { History } from "../shapes.ts";
import { tickFace } from "../show/time.ts";
import { state } from "../show/point.ts";
import { number, unit } from "../show/value.ts";
import { zone } from "../show/zone.ts";
import { language } from "../texts.ts";

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
  const stepped = truth ? uPlot.paths.stepped?.({ align: 1 }) : undefined;
  const colour = colours(element);
  const line = { stroke: colour("--trace"), width: 1.5, points: { show: false }, ...(stepped && { paths: stepped }) };
  const edge = { ...line, stroke: "transparent" };
  const options: uPlot.Options = {
    width: element.clientWidth,
    height: truth ? HEIGHT_STATES : HEIGHT_NUMBERS,
    legend: { show: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone.peek()),
    cursor: { y: false, drag: { setScale: false }, points: { size: 7 } },
    scales: {
      x: { time: true, range: [Date.parse(history.start) / 1000, Date.parse(history.end) / 1000] },
      y: truth ? { range: [-0.15, 1.15] } : {},
    },
    axes: axes(element, history),
    series: [{}, edge, edge, line],
    bands: [{ series: [1, 2], fill: colour("--band") }],
    hooks: { setCursor: [(plot) => (under.value = plot.cursor.idx ?? null)] },
  };
  // A door that opened and closed within a bucket shows in the band, though the line ends it closed.
  const middle = truth ? history.last : history.mean;
  return new uPlot(options, [history.t, history.max, history.min, middle], element);
}

function axes(element: HTMLElement, history: History): uPlot.Axis[] {
  const colour = colours(element);
  const letters = 0.75 * parseFloat(getComputedStyle(document.documentElement).fontSize);
  const axis: uPlot.Axis = {
    stroke: colour("--soft"),
    font: `${letters}px ${getComputedStyle(element).fontFamily}`,
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  const across: uPlot.Axis = {
    ...axis,
    size: 3 * letters,
    values: (_, ticks) => ticks.map((tick) => tickFace(tick * 1000)),
  };
  if (history.kind !== "boolean") {
    const values = (_: uPlot, ticks: number[]) => ticks.map((tick) => `${number(tick)}${unit(history.unit)}`);
    return [across, { ...axis, size: 5.5 * letters, values }];
  }
  const states = [false, true].map((value) => state(value, history.meaning));
  const longest = Math.max(...states.map((word) => word.length));
  return [across, { ...axis, size: (2 + Math.min(longest, 8)) * letters, splits: () => [0, 1], values: () => states }];
}

function colours(element: HTMLElement): (name: string) => string {
  const style = getComputedStyle(element);
  return (name) => style.getPropertyValue(name).trim();
}
