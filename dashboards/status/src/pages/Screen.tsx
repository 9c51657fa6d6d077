// 值班屏: all that whoever is on duty must see from across the room, and answers with his own PIN. Nobody signs out of it by
// time, and nobody has to touch it: it mends itself after a restart of the gateway, and says aloud when its data are old.

import { useEffect } from "preact/hooks";
import { useAsked } from "../asked.ts";
import { isInUse, reload, renewed } from "../build.ts";
import type { Duties, Duty } from "../duty_shapes.ts";
import type { Incidents } from "../incident_shapes.ts";
import { AlarmList } from "../parts/AlarmList.tsx";
import { IncidentRow } from "../parts/IncidentRow.tsx";
import { PriorityMark } from "../parts/PriorityMark.tsx";
import { Verdict } from "../parts/Verdict.tsx";
import { stale, soundOn, toggle } from "../sound.ts";
import type { Me } from "../shapes.ts";
import { worstFirst } from "../show/answering.ts";
import { now as whoNow, troubles } from "../show/duty.ts";
import { age, clockFace } from "../show/time.ts";
import { local } from "../show/zone.ts";
import { requests, sorted } from "../store/alarms.ts";
import * as clock from "../store/clock.ts";
import { compound, verdict } from "../store/overview.ts";
import { keepAwake } from "../store/wakefulness.ts";
import { t } from "../texts.ts";

const EVERY_MS = 10_000;
/** Older data are told aloud. */
const STALE_SECONDS = 30;
/** As many rows as can be read from across the room; the verdict counts the rest. */
const ALARMS = 8;
const INCIDENTS = 6;

export function Screen() {
  useEffect(keepAwake, []);
  useNewest();
  const old = silence();
  const isOld = old > STALE_SECONDS;
  useEffect(() => {
    stale.value = isOld;
    return () => (stale.value = false);
  }, [isOld]);
  return (
    <main id="content" class="screen" tabIndex={-1}>
      <header class="screen-top">
        <h1>{compound.value?.name ?? "Gridpost"}</h1>
        <p class="screen-clock">
          {clock.heard.value !== null && <span>{t("connection.age", { age: age(clock.heard.value) })}</span>}{" "}
          <span>{t("screen.day", day())}</span> <b>{clockFace(clock.now.value, true)}</b>
        </p>
      </header>
      {isOld && (
        <p class="screen-stale" role="alert">
          <PriorityMark priority={2} />
          {t("screen.stale", { n: Math.floor(old) })}
        </p>
      )}
      <Verdict />
      {!soundOn.value && (
        <button type="button" class="screen-silent" onClick={() => void toggle()}>
          {t("sound.off")}
        </button>
      )}
      <div class="screen-parts">
        <Alarms />
        <div>
          <Working />
          <OnDuty />
        </div>
      </div>
    </main>
  );
}

/** How long the gateway has been silent, in seconds; without a word from it, since this page was opened. */
function silence(): number {
  return (clock.now.value - (clock.heard.value ?? OPENED)) / 1_000;
}

const OPENED = Date.now();

function day(): { month: number; day: number } {
  const { month, day } = local(clock.now.value);
  return { month, day };
}

/** To ask now and then who one is keeps the session for ever. */
const ME_MS = 3_600_000;

const IN_USE_MS = 2_000;

/** A gateway that was restarted may have a newer page: nobody is here to reload it, unless somebody answers just now. */
function useNewest(): void {
  useAsked<Me>("me", ME_MS);
  const isOld = renewed.value;
  useEffect(() => {
    if (!isOld) return;
    const renew = () => {
      if (!isInUse() && !isAnswering()) reload();
    };
    renew();
    const timer = setInterval(renew, IN_USE_MS);
    return () => clearInterval(timer);
  }, [isOld]);
}

function isAnswering(): boolean {
  return [...requests.value.values()].some(({ step }) => step === "sending" || step === "asked");
}

function Alarms() {
  const all = sorted.value;
  const more = all.length - ALARMS;
  return (
    <section aria-labelledby="screen-alarms">
      <h2 id="screen-alarms">{t("overview.alarms")}</h2>
      {all.length === 0 && <p class="empty">{verdict.value === null ? t("alarms.none_unsure") : t("overview.alarms_none")}</p>}
      <AlarmList alarms={all} first={ALARMS} />
      {more > 0 && <p class="screen-more">{t("screen.more", { n: more })}</p>}
    </section>
  );
}

function Working() {
  const { value } = useAsked<Incidents>("incidents", EVERY_MS);
  if (value === null) return null;
  const more = value.total - INCIDENTS;
  return (
    <section aria-labelledby="screen-incidents">
      <h2 id="screen-incidents">{t("nav.incidents")}</h2>
      {value.incidents.length === 0 && <p class="empty">{t("screen.no_incidents")}</p>}
      <ul class="incidents">
        {worstFirst(value.incidents)
          .slice(0, INCIDENTS)
          .map((incident) => (
            <IncidentRow key={incident.number} incident={incident} />
          ))}
      </ul>
      {more > 0 && <p class="screen-more">{t("screen.more", { n: more })}</p>}
    </section>
  );
}

function OnDuty() {
  const { value } = useAsked<Duties>("duty", EVERY_MS);
  if (value === null) return null;
  return (
    <section aria-labelledby="screen-duty">
      <h2 id="screen-duty">{t("nav.duty")}</h2>
      <dl class="screen-duty">
        {value.grids
          .filter((duty) => duty.roster_of !== "")
          .map((duty) => (
            <Watch key={duty.grid} duty={duty} />
          ))}
      </dl>
    </section>
  );
}

function Watch({ duty }: { duty: Duty }) {
  const wrong = troubles(duty);
  return (
    <div>
      <dt>{duty.name}</dt>
      <dd>
        <b>{whoNow(duty)}</b>
        {wrong.length > 0 && <span class="odd">{wrong.join(" · ")}</span>}
      </dd>
    </div>
  );
}
