// How one likes to see the buildings: as a list or as a map. Remembered on this device.

import { signal } from "@preact/signals";

export type Look = "list" | "map";

const REMEMBERED = "gridpost.buildings";

/** How the buildings are shown. */
export const look = signal<Look>(remembered());

/** Chooses and remembers. */
export function choose(wanted: Look): void {
  look.value = wanted;
  try {
    localStorage.setItem(REMEMBERED, wanted);
  } catch {
    // A browser that keeps nothing shows the list again next time.
  }
}

function remembered(): Look {
  try {
    return localStorage.getItem(REMEMBERED) === "map" ? "map" : "list";
  } catch {
    return "list";
  }
}
