// The devices of the building or device that is being looked at.

import { signal } from "@preact/signals";
import type { Device, DeviceDelta, Point } from "../shapes.ts";

/** The devices by view ("building:b3", "device:b3u1"), kept so that going back shows something at once. */
const kept = new Map<string, ReturnType<typeof signal<ReadonlyMap<string, Device>>>>();

/** The devices of a view; undefined until its first snapshot. */
export function of(view: string) {
  let known = kept.get(view);
  if (known === undefined) {
    known = signal<ReadonlyMap<string, Device>>();
    kept.set(view, known);
  }
  return known;
}

/** Takes all devices of a view. */
export function replace(view: string, devices: readonly Device[]): void {
  of(view).value = new Map(devices.map((device) => [device.id, device]));
}

/** Takes what changed of a view's devices. */
export function change(view: string, deltas: Record<string, DeviceDelta>): void {
  const known = of(view);
  if (known.value === undefined) return;
  const next = new Map(known.value);
  for (const [id, delta] of Object.entries(deltas)) {
    const device = next.get(id);
    if (device !== undefined) next.set(id, changed(device, delta));
  }
  known.value = next;
}

function changed(device: Device, { points, ...rest }: DeviceDelta): Device {
  if (points === undefined) return { ...device, ...rest };
  const next: Record<string, Point> = { ...device.points };
  for (const [key, [value, quality, why, heard]] of Object.entries(points)) {
    const point = next[key];
    if (point === undefined) continue;
    next[key] = { ...point, value, quality, why, heard: heard === null ? null : new Date(heard).toISOString() };
  }
  return { ...device, ...rest, points: next };
}
