// What the overview says first of what weakens the house: who is not called, by what nobody can be called, and power cuts.
// One quiet line for each thing, nothing when all is well.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { href, type PlainPage, type Route } from "../route.ts";
import type { Alarm, Priority } from "../shapes.ts";
import { what } from "../show/alarm.ts";
import { withReason } from "../show/value.ts";
import { open } from "../store/alarms.ts";
import { mayAnswer, mayWatch } from "../store/session.ts";
import { watch, watchfulness } from "../store/watchfulness.ts";
import { t } from "../texts.ts";
import { PriorityMark } from "./PriorityMark.tsx";

/** Alarms of the house itself, and the page where more of it is to be read. */
const PAGES: Readonly<Record<string, PlainPage | null>> = {
  power_cut: null,
  box_on_battery: null,
  box_battery_low: null,
  nobody_on_duty: "duty",
  hand_over_late: "duty",
  channel_failing: "channels",
  heartbeat_unanswered: "channels",
};

export function HouseNotes() {
  const all = mayWatch();
  useEffect(() => watch(all), [all]);
  const { outages, trials, walks } = watchfulness.value;
  const known = [...open.value.values()];
  const shelved = known.filter((alarm) => alarm.suppression === "shelved").length;
  const house = known.filter((alarm) => alarm.active && alarm.rule in PAGES && alarm.suppression === "none");
  if (outages + trials + walks + shelved + house.length === 0) return null;
  return (
    <ul class="store-notes house-notes">
      {house.map((alarm) => (
        <Note key={alarm.number} priority={alarm.priority} to={pageOf(alarm)}>
          {withReason(what(alarm), alarm.why)}
        </Note>
      ))}
      {outages > 0 && (
        <Note priority={3} to={all ? { page: "drills" } : null}>
          {t("watchfulness.outages", { n: outages })}
        </Note>
      )}
      {trials > 0 && (
        <Note priority={3} to={{ page: "drills" }}>
          {t("watchfulness.trials", { n: trials })}
        </Note>
      )}
      {walks > 0 && (
        <Note priority={4} to={{ page: "walk_tests" }}>
          {t("watchfulness.walks", { n: walks })}
        </Note>
      )}
      {shelved > 0 && (
        <Note priority={4} to={{ page: "alarms", tab: "spared" }}>
          {t("watchfulness.shelved", { n: shelved })}
        </Note>
      )}
    </ul>
  );
}

function Note({ priority, to, children }: { priority: Priority; to: Route | null; children: ComponentChildren }) {
  return (
    <li>
      <PriorityMark priority={priority} />
      {to === null ? <span>{children}</span> : <a href={href(to)}>{children}</a>}
    </li>
  );
}

/** The alarm itself where its page would be refused, or tells no more. */
function pageOf(alarm: Alarm): Route {
  const page = PAGES[alarm.rule] ?? null;
  const may = page === "duty" ? mayAnswer() : mayWatch();
  return page !== null && may ? { page } : { page: "alarm", id: `${alarm.number}` };
}
