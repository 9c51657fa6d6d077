// One detector: how it is, its alarms, what hangs there and since when, its points, and what was done to it.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { DetectorDetail, SensorRecord } from "../detector_shapes.ts";
import { AlarmList } from "../parts/AlarmList.tsx";
import { DetectorPicture } from "../parts/DetectorCell.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Outage } from "../parts/Outage.tsx";
import { Points } from "../parts/Points.tsx";
import { MountDialog, TakeDownDialog } from "../parts/SensorDialogs.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { asDevice, dbm, look, tone, unit, words } from "../show/detector.ts";
import { until } from "../show/permit.ts";
import { reason, withReason } from "../show/value.ts";
import { sorted } from "../store/alarms.ts";
import * as clock from "../store/clock.ts";
import { mayAnswer, mayMount } from "../store/session.ts";
import { lookup, t } from "../texts.ts";

const EVERY_MS = 3_000;
const MINUTES = 30;

export function Detector({ id, point }: { id: string; point: string | null }) {
  const asked = useAsked<DetectorDetail>(path(id), EVERY_MS);
  const detector = asked.value;
  const alarms = sorted.value.filter((alarm) => alarm.device === id);
  return (
    <main id="content" class="door-page" tabIndex={-1}>
      <p class="trail">
        {detector === null ? (
          <a href={href({ page: "detectors" })}>{t("nav.detectors")}</a>
        ) : (
          <a href={href({ page: "floors", id: detector.building, entrance: detector.entrance })}>{unit(detector)}</a>
        )}
      </p>
      <h1>{detector === null ? id : `${unit(detector)} ${detector.name}`}</h1>
      <Trouble problem={asked.trouble} />
      {detector === null && asked.trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {detector !== null && (
        <>
          <State detector={detector} />
          {alarms.length > 0 && (
            <section aria-labelledby="alarms-title">
              <h2 id="alarms-title">{t("overview.alarms")}</h2>
              <AlarmList alarms={alarms} />
            </section>
          )}
          <Acts detector={detector} done={asked.again} />
          <Outage id={id} />
          <div class="detector-facts">
            <Facts detector={detector} />
            <Record record={detector.record} />
          </div>
          <Points device={asDevice(detector)} chosen={point} to={(key) => ({ page: "detector", id, point: key })} />
        </>
      )}
    </main>
  );
}

function path(id: string): string {
  return `detectors/${encodeURIComponent(id)}`;
}

function State({ detector }: { detector: DetectorDetail }) {
  return (
    <section class={`door-now door detector-now ${tone(look(detector))}`} aria-live="polite" aria-label={t("detector.state")}>
      <DetectorPicture detector={detector} />
      <div>
        <p class="door-state">{words(detector).join(" · ")}</p>
        {detector.link === "misconfigured" && <p class="door-more">{withReason(t("detector.key_wrong"), detector.why)}</p>}
        <p class="door-more">
          {detector.heard === null ? t("detector.not_heard") : <>{t("detector.heard_at")} <Moment at={detector.heard} /></>}
        </p>
      </div>
    </section>
  );
}

function Acts({ detector, done }: { detector: DetectorDetail; done: () => void }) {
  const asking = useSignal<"mount" | "take_down" | null>(null);
  const sending = useSending();
  const leave = (changed: boolean) => {
    asking.value = null;
    if (changed) done();
  };
  const change = async () => {
    if (await sending.run(() => post<void>(`${path(detector.id)}/battery-change`, { minutes: MINUTES }))) done();
  };
  const hangs = detector.sensor !== null;
  return (
    <section aria-label={t("detector.acts")}>
      <BatteryChange detector={detector} />
      <div class="orders">
        {mayAnswer() && hangs && detector.battery_change_until === null && (
          <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void change()}>
            {sending.busy ? t("alarm.sending") : t("battery.change")}
          </button>
        )}
        {mayMount() && (
          <button type="button" class="answer quiet" onClick={() => (asking.value = "mount")}>
            {t(hangs ? "mount.replace" : "mount.do")}
          </button>
        )}
        {mayMount() && hangs && (
          <button type="button" class="answer quiet" onClick={() => (asking.value = "take_down")}>
            {t("take_down.do")}
          </button>
        )}
      </div>
      <Trouble problem={sending.trouble} />
      {asking.value === "mount" && <MountDialog detector={detector} leave={leave} />}
      {asking.value === "take_down" && <TakeDownDialog detector={detector} leave={leave} />}
    </section>
  );
}

/** For so long the sensor may begin to count anew. */
function BatteryChange({ detector }: { detector: DetectorDetail }) {
  const end = detector.battery_change_until;
  if (end === null) return null;
  const seconds = Math.max(0, Math.ceil((Date.parse(end) - clock.now.value) / 1_000));
  const left = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <p class="outcome waiting battery-change" role="timer">
      {t("battery.changing", { left })}
    </p>
  );
}

function Facts({ detector }: { detector: DetectorDetail }) {
  const { sensor, battery, battery_low: low } = detector;
  const dated = (at: string | null) => (at === null ? t("value.none") : until(at));
  const rows: [string, ComponentChildren][] = [
    [t("fact.battery"), <span class={low === true ? "odd" : ""}>{batteryWords(battery, low)}</span>],
    [t("fact.signal"), dbm(detector.signal)],
    [t("fact.receiver"), detector.heard_by_name || detector.heard_by || t("value.none")],
    [t("fact.sensor"), sensor === null ? t("detector.unmounted") : sensor.tail],
    ...(sensor === null
      ? []
      : ([
          [t("fact.product"), sensor.title],
          [t("fact.mounted"), dated(sensor.mounted)],
          [t("fact.expires"), dated(sensor.expires)],
        ] satisfies [string, ComponentChildren][])),
    ...Object.entries(detector.statistics)
      .filter(([name, count]) => (count ?? 0) > 0 && lookup(`heard_badly.${name}`, "") !== "")
      .map(([name, count]): [string, ComponentChildren] => [lookup(`heard_badly.${name}`, name), count]),
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div class="fact" key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function batteryWords(battery: number | null, low: boolean | null): string {
  const level = battery === null ? [] : [`${battery} %`];
  const word = low === null ? [] : [t(low ? "detector.battery_low" : "fact.battery_well")];
  return [...level, ...word].join(" · ") || t("value.none");
}

function Record({ record }: { record: readonly SensorRecord[] }) {
  return (
    <section aria-labelledby="record-title">
      <h2 id="record-title">{t("detector.record")}</h2>
      {record.length === 0 && <p class="empty">{t("passage.none")}</p>}
      <ul class="passages">
        {record.map((entry, place) => (
          <li key={place}>
            <Moment at={entry.at} />
            <p>
              <b>{lookup(`done.${entry.what}`, entry.what)}</b>
              {[entry.tail, entry.actor, reason(entry.why)].filter(Boolean).map((said) => (
                <span key={said}>{said}</span>
              ))}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
