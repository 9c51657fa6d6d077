// 设备健康: every device with how it is and how its last day was, the worst first.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import { type Beats, type DeviceHealth, type Healths, type State, STATES } from "../history_shapes.ts";
import { HeartbeatBar } from "../parts/HeartbeatBar.tsx";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSettled } from "../settled.ts";
import type { Priority } from "../shapes.ts";
import { dbm } from "../show/detector.ts";
import { stands } from "../show/series.ts";
import { age } from "../show/time.ts";
import { amount, number, reason } from "../show/value.ts";
import { t } from "../texts.ts";

const EVERY_MS = 10_000;
/** A piece of a bar is half an hour long. */
const BEATS_EVERY_MS = 5 * 60_000;
const PAGE = 40;
const TYPED_MS = 250;

/** A state by its shape; null is the calm mark. */
const MARKS: Record<State, Priority | null> = {
  misconfigured: 2, offline: 2, stale: 3, unknown: 3, weak: 4, well: null, unmounted: null,
}; // prettier-ignore

export function Health() {
  const state = useSignal<State | "ill" | "">("ill");
  const words = useSignal("");
  const place = useSignal(0);
  const typed = useSettled(words.value.trim(), TYPED_MS);
  const query = `state=${state.value}&search=${encodeURIComponent(typed)}&offset=${place.value}&limit=${PAGE}`;
  const { value, trouble } = useAsked<Healths>(`device-health?${query}`, EVERY_MS);
  const shown = value?.devices.map(({ id }) => id).join(",") ?? "";
  const day = useAsked<Beats>(shown === "" ? null : `device-health/beats?devices=${encodeURIComponent(shown)}`, BEATS_EVERY_MS);
  const choose = (wanted: State | "ill" | "") => ([state.value, place.value] = [wanted, 0]);
  return (
    <main id="content" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "lines" })}>{t("nav.lines")}</a>
      </p>
      <h1>{t("nav.health")}</h1>
      {value !== null && <Filters counts={value.counts} chosen={state.value} choose={choose} />}
      <label class="search">
        <input
          type="search"
          aria-label={t("health.search")}
          placeholder={t("health.search")}
          value={words.value}
          onInput={(event) => ([words.value, place.value] = [event.currentTarget.value, 0])}
        />
      </label>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value?.total === 0 && <p class="empty">{t(state.value === "ill" && typed === "" ? "health.all_well" : "health.none")}</p>}
      <ul class="health-rows">
        {value?.devices.map((device) => (
          <Row key={device.id} device={device} day={day.value} />
        ))}
      </ul>
      {value !== null && value.total > PAGE && (
        <nav class="orders" aria-label={t("health.pages")}>
          <button type="button" class="answer quiet" disabled={place.value === 0} onClick={() => (place.value -= PAGE)}>
            {t("health.before")}
          </button>
          <span role="status">
            {t("health.shown", {
              from: amount(place.value + 1),
              to: amount(Math.min(place.value + PAGE, value.total)),
              total: amount(value.total),
            })}
          </span>
          <button
            type="button"
            class="answer quiet"
            disabled={place.value + PAGE >= value.total}
            onClick={() => (place.value += PAGE)}
          >
            {t("health.after")}
          </button>
        </nav>
      )}
    </main>
  );
}

interface Choosing {
  counts: Record<State, number>;
  chosen: State | "ill" | "";
  choose: (state: State | "ill" | "") => void;
}

function Filters({ counts, chosen, choose }: Choosing) {
  const all = STATES.reduce((sum, state) => sum + counts[state], 0);
  const options: (readonly [State | "ill" | "", number])[] = [
    ["ill", all - counts.well - counts.unmounted],
    ...STATES.filter((state) => counts[state] > 0).map((state) => [state, counts[state]] as const),
    ["", all],
  ];
  return (
    <div class="chips" role="group" aria-label={t("health.filter")}>
      {options.map(([state, count]) => (
        <button key={state} type="button" class="chip" aria-pressed={state === chosen} onClick={() => choose(state)}>
          {t(`health.${state === "" ? "all" : state}`)} <b>{amount(count)}</b>
        </button>
      ))}
    </div>
  );
}

function Row({ device, day }: { device: DeviceHealth; day: Beats | null }) {
  const { id, detector, state, why, heard_utc: heard, battery, battery_low: low, signal } = device;
  const name = stands(device, id);
  const mark = MARKS[state];
  const said = [
    why !== "" && reason(why),
    heard === null ? t("link.never") : t("health.heard", { age: age(heard * 1000) }),
    battery !== null && t("health.battery", { n: number(battery) }),
    low && t("health.battery_low"),
    signal !== null && t("health.signal", { dbm: dbm(signal) }),
  ].filter((word): word is string => typeof word === "string");
  const bar = day?.beats[id];
  return (
    <li class="health-row" data-device={id} data-state={state}>
      {mark === null ? <CalmMark /> : <PriorityMark priority={mark} />}
      <div class="health-what">
        <p>
          <a href={href({ page: detector ? "detector" : "device", id, point: null })}>{name}</a>{" "}
          <b class={mark === null ? "" : "odd"}>{t(`health.${state}`)}</b>
        </p>
        <p class="health-said">{said.join(" · ")}</p>
      </div>
      {bar !== undefined && day !== null && <HeartbeatBar name={name} bar={bar} from={day.from_utc} seconds={day.beat_seconds} />}
    </li>
  );
}
