// The top of every page: which compound, where to go, whether data is live, sound and language.

import { href, type Route, route } from "../route.ts";
import { soundOn, toggle } from "../sound.ts";
import { unanswered } from "../store/alarms.ts";
import * as clock from "../store/clock.ts";
import { mode } from "../store/live.ts";
import { compound } from "../store/overview.ts";
import { atScreen, leave, mayMeet } from "../store/session.ts";
import { age, minute } from "../show/time.ts";
import { choose, language, t } from "../texts.ts";

type Page = Route["page"];

/** `skip` moves the focus past all of it. */
export function Header({ skip }: { skip: () => void }) {
  const page = route.value.page;
  return (
    <header class="top">
      <button type="button" class="skip" onClick={skip}>
        {t("nav.skip")}
      </button>
      <div class="top-row">
        <a class="home" href={href({ page: "overview" })}>
          <HomeSign />
          <span class="home-name">{compound.value?.name ?? "Gridpost"}</span>
        </a>
        <nav aria-label={t("nav.label")}>
          {entries(page).map(([name, to, current]) => (
            <a key={name} class={ROOMY.has(name) ? "roomy" : undefined} href={href(to)} aria-current={current ? "page" : undefined}>
              {t(`nav.${name}`)}
              {name === "alarms" && unanswered.value.length > 0 && <span class="count">{unanswered.value.length}</span>}
            </a>
          ))}
        </nav>
        <div class="top-tools">
          <SoundSwitch />
          <LanguageSwitch />
          {!atScreen() && (
            <button type="button" class="tool" onClick={() => void leave()}>
              {t("nav.sign_out")}
            </button>
          )}
        </div>
      </div>
    </header>
  );
}

const DOORS = new Set<Page>(["doors", "door"]);
const PERMITS = new Set<Page>(["permits", "household", "import", "visitor", "enrol"]);
const DETECTORS = new Set<Page>([
  "detectors", "floors", "detector", "rounds", "round", "walk_tests", "walk_test", "receivers", "stock", "inventory",
]); // prettier-ignore
const CHARGING = new Set<Page>(["charging", "room", "tags", "tags_import"]);
const LOCKERS = new Set<Page>(["lockers", "locker", "overdue"]);
const OVERVIEW = new Set<Page>(["overview", "building", "device"]);
const ALARMS = new Set<Page>(["alarms", "alarm"]);
const INCIDENTS = new Set<Page>(["incidents", "incident", "incident_report"]);

type Entry = "overview" | "doors" | "detectors" | "charging" | "lockers" | "permits" | "incidents" | "alarms" | "more";
/** Entries that a phone has no room for: they stand under "more" as well. */
const ROOMY = new Set<Entry>(["charging", "lockers", "permits"]);

/** Where to go from everywhere, and which of it is here. What has no entry of its own stands under "more". */
function entries(page: Page): [name: Entry, to: Route, here: boolean][] {
  const permits = mayMeet();
  const mine = [OVERVIEW, DOORS, DETECTORS, CHARGING, LOCKERS, INCIDENTS, ALARMS, ...(permits ? [PERMITS] : [])];
  return [
    ["overview", { page: "overview" }, OVERVIEW.has(page)],
    ["doors", { page: "doors" }, DOORS.has(page)],
    ["detectors", { page: "detectors" }, DETECTORS.has(page)],
    ["charging", { page: "charging" }, CHARGING.has(page)],
    ["lockers", { page: "lockers" }, LOCKERS.has(page)],
    ...(permits ? [["permits", { page: "permits" }, PERMITS.has(page)] as ["permits", Route, boolean]] : []),
    ["incidents", { page: "incidents", ended: false }, INCIDENTS.has(page)],
    ["alarms", { page: "alarms", tab: "unanswered" }, ALARMS.has(page)],
    ["more", { page: "more" }, !mine.some((pages) => pages.has(page))],
  ];
}

/** The other language, to choose it. */
export function LanguageSwitch() {
  const other = language.value === "zh-CN" ? "en" : "zh-CN";
  return (
    <button type="button" class="tool" lang={other} onClick={() => choose(other)}>
      {other === "en" ? "English" : "中文"}
    </button>
  );
}

function SoundSwitch() {
  const on = soundOn.value;
  return (
    <button
      type="button"
      class={`tool sound ${on ? "on" : "off"}`}
      title={on ? t("sound.on") : t("sound.enable")}
      onClick={() => void toggle()}
    >
      <svg viewBox="0 0 20 20" aria-hidden="true">
        <path d="M3 7.5h3L10 4v12l-4-3.5H3z" />
        <path class="wave" d={on ? "M12.8 7.2a4 4 0 0 1 0 5.6M15 5a7 7 0 0 1 0 10" : "M13 8l4 4M17 8l-4 4"} />
      </svg>
      <span class="slim">{on ? t("sound.on_short") : t("sound.off_short")}</span>
      <span class="wide">{on ? t("sound.on") : t("sound.off")}</span>
    </button>
  );
}

/** How the page is being fed and how old its data are. Always there, so that a lost connection moves nothing. */
export function Freshness() {
  const state = mode.value;
  const at = clock.heard.value;
  const lost = state === "lost";
  return (
    <section class={`freshness ${state}`} data-mode={state} aria-label={t("connection.label")}>
      <span class="dot" aria-hidden="true" />
      {lost && (at === null ? t("connection.lost_no_data") : t("connection.lost", { time: minute(at) }))}
      {state === "live" && t("connection.live")}
      {state === "polling" && t("connection.polling")}
      {(state === "connecting" || state === "refused") && t("connection.connecting")}
      {at !== null && <span class="data-age">{t("connection.age", { age: age(at) })}</span>}
    </section>
  );
}

function HomeSign() {
  return (
    <svg class="home-sign" viewBox="0 0 24 24" aria-hidden="true">
      <path d="M4 20V9.5L12 4l8 5.5V20M9.5 20v-6h5v6" />
    </svg>
  );
}
