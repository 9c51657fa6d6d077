// The compound at a glance: verdict, buildings, lines.

import { batch, computed, type Signal, signal } from "@preact/signals";
import { compare } from "../build.ts";
import type { Alarm, Charging, Compound, Delta, Lines, Overview, Parcels, Supervised, Tile, Verdict } from "../shapes.ts";
import * as alarms from "./alarms.ts";
import * as clock from "./clock.ts";

export const compound = signal<Compound | null>(null);
export const verdict = signal<Verdict | null>(null);
export const lines = signal<Lines | null>(null);
export const parcels = signal<Parcels>({ overdue: 0, forced: 0 });
export const charging = signal<Charging>({ charging: 0, stops: 0, not_stopped: 0 });
export const recorded = signal(true);
export const grids = signal<readonly { id: string; name: string }[]>([]);
export const stories = signal<readonly string[]>([]);

/** What grids are called. */
export function gridNames(ids: readonly string[]): string[] {
  return ids.map((id) => grids.value.find((grid) => grid.id === id)?.name ?? id);
}

/** Building ids in the compound's order. A tile is a signal of its own: one that changes draws nothing but itself. */
export const buildings = signal<readonly string[]>([]);
const tiles = new Map<string, Signal<Tile>>();

/** Sums over all tiles. */
export const totals = computed(() => {
  const sum = { devices: 0, offline: 0, unheard: 0, doors: 0, open: 0, held: 0, forced: 0 };
  const detectors = { mounted: 0, unknown: 0, late: 0, lost: 0 };
  for (const id of buildings.value) {
    const one = tile(id)?.value;
    if (one === undefined) continue;
    for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += one[key];
    for (const key of Object.keys(detectors) as (keyof typeof detectors)[]) detectors[key] += one.detectors[key];
  }
  return { ...sum, detectors };
});

/** How many detectors nobody can vouch for. */
export function silent({ unknown, late, lost }: Supervised): number {
  return unknown + late + lost;
}

/** The tile of a building, if there is such a building. */
export function tile(id: string): Signal<Tile> | undefined {
  return tiles.get(id);
}

/** Takes the whole overview. */
export function replace(body: Overview): void {
  batch(() => {
    clock.told(body.now, body.clock_trusted);
    compare(body.page);
    compound.value = body.compound;
    verdict.value = body.verdict;
    lines.value = body.lines;
    parcels.value = body.lockers;
    charging.value = body.charging;
    recorded.value = body.recorded;
    grids.value = body.grids;
    stories.value = body.stories ?? [];
    for (const one of body.buildings) put(one);
    const ids = body.buildings.map((one) => one.id);
    if (`${ids}` !== `${buildings.value}`) buildings.value = ids;
    alarms.replace(body.alarms);
  });
}

/** Takes the alarm that says whether what happens is kept: a snapshot tells it once, this alarm every change. */
export function journalHeard(alarm: Alarm): void {
  if (alarm.rule === "journal_failed") recorded.value = !alarm.active;
}

/** Takes what changed. */
export function change(delta: Delta): void {
  for (const one of delta.tiles ?? []) put(one);
  if (delta.verdict !== undefined) verdict.value = delta.verdict;
  if (delta.lines !== undefined) lines.value = delta.lines;
  if (delta.lockers !== undefined) parcels.value = delta.lockers;
  if (delta.charging !== undefined) charging.value = delta.charging;
}

function put(one: Tile): void {
  const known = tiles.get(one.id);
  if (known === undefined) tiles.set(one.id, signal(one));
  else known.value = one;
}
