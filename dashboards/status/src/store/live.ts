// From the live feed into the stores, in the order that the gateway's sequence numbers demand.

import { computed, effect, signal, untracked } from "@preact/signals";
import { connect } from "../live/watch.ts";
import type { Mode, Said } from "../live/said.ts";
import { route } from "../route.ts";
import { soundOn } from "../sound.ts";
import * as alarms from "./alarms.ts";
import * as clock from "./clock.ts";
import * as devices from "./devices.ts";
import * as overview from "./overview.ts";
import { session, signedOut } from "./session.ts";

/** How the page is being fed. */
export const mode = signal<Mode>("connecting");
/** Whether what the page shows is so now. */
export const fed = computed(() => mode.value === "live" || mode.value === "polling");

const hidden = signal(document.hidden);
const sequences = new Map<string, number>();
const wish = connect(take);
let wanted: string[] = [];
let who = "";

document.addEventListener("visibilitychange", () => {
  hidden.value = document.hidden;
});
addEventListener("pagehide", () => wish([], who));
addEventListener("pageshow", (event) => {
  if (event.persisted) wish(wanted, who);
});

/** Follows the address: watches what is looked at. A hidden tab watches nothing unless its sound is on. */
export function follow(): void {
  effect(() => {
    const asleep = hidden.value && !soundOn.value;
    const current = session.value;
    const [views, me] = current.state === "in" ? [asleep ? [] : viewsOf(), current.me.id] : [[], who];
    if (`${views}` === `${wanted}` && me === who) return;
    [wanted, who] = [views, me];
    untracked(() => wish(views, me));
  });
  agree();
}

/** Whose data the tabs of this browser show: they have one session in common. */
const SHOWN_TO = "gridpost.shown_to";

/** When somebody else signs in, in another tab, this one starts over: the shared worker is not in every browser. */
function agree(): void {
  const shownTo = computed(() => (session.value.state === "in" ? session.value.me.id : null));
  effect(() => {
    if (shownTo.value === null) return;
    try {
      localStorage.setItem(SHOWN_TO, shownTo.value);
    } catch {
      // A browser that keeps nothing tells its tabs through the shared worker, or not at all.
    }
  });
  addEventListener("storage", ({ key, newValue }) => {
    if (key === SHOWN_TO && newValue !== null && shownTo.value !== null && newValue !== shownTo.value) location.reload();
  });
}

function viewsOf(): string[] {
  const here = route.value;
  // Every page shows the verdict's alarms, so the overview is always among the views.
  if (here.page === "door") return ["overview", `device:${here.device}`];
  return here.page === "building" || here.page === "device" ? ["overview", `${here.page}:${here.id}`] : ["overview"];
}

function take(said: Said): void {
  if (said.event !== "mode") clock.hear();
  switch (said.event) {
    case "snapshot":
      sequences.set(said.data.view, said.data.seq);
      if (said.data.view === "overview") overview.replace(said.data);
      else devices.replace(said.data.view, "devices" in said.data ? said.data.devices : [said.data]);
      break;
    case "delta": {
      const { view, seq } = said.data;
      const known = sequences.get(view);
      if (known === undefined || seq <= known) break;
      sequences.set(view, seq);
      // A number left out means that something was: the views are asked for afresh.
      if (seq > known + 1) wish(wanted, who);
      else if (view === "overview") overview.change(said.data);
      else devices.change(view, said.data.devices ?? {});
      break;
    }
    case "alarm":
      alarms.change(said.data.alarm);
      overview.journalHeard(said.data.alarm);
      break;
    case "tick":
      clock.told(said.data.now, said.data.clock_trusted);
      break;
    case "gone":
      devices.replace(said.data, []);
      break;
    case "superseded":
      location.reload();
      break;
    case "mode":
      mode.value = said.data;
      if (said.data === "refused") signedOut();
      break;
  }
}
