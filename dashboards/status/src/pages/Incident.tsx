// One incident: how it stands, one large button for the next step, who was called in, and all that happened.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { CalledDepartment, IncidentDetail } from "../incident_shapes.ts";
import { type Act, IncidentDialog } from "../parts/IncidentDialogs.tsx";
import { LimitLine } from "../parts/LimitLine.tsx";
import { Moment } from "../parts/Moment.tsx";
import { PriorityMark } from "../parts/PriorityMark.tsx";
import { Timeline } from "../parts/Timeline.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { place, priorityWord, standing, step } from "../show/answering.ts";
import { left } from "../show/limit.ts";
import { mayAnswer, mayWatch } from "../store/session.ts";
import { lookup, t } from "../texts.ts";

const EVERY_MS = 3_000;

export function Incident({ id }: { id: string }) {
  const path = `incidents/${id}`;
  const { value: incident, trouble, again } = useAsked<IncidentDetail>(path, EVERY_MS);
  const asking = useSignal<Act | null>(null);
  const leave = (done: boolean) => {
    asking.value = null;
    if (done) again();
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "incidents", ended: false })}>{t("nav.incidents")}</a>
      </p>
      <h1>{incident === null ? t("verdict.waiting") : `${place(incident)} ${incident.category.name}`}</h1>
      <Trouble problem={trouble} />
      {incident !== null && (
        <>
          <State incident={incident} />
          <Next incident={incident} path={path} ask={(act) => (asking.value = act)} again={again} />
          {mayAnswer() && <Menu incident={incident} ask={(act) => (asking.value = act)} />}
          <Departments of={incident.departments} />
          <Photos incident={incident} path={path} />
          <Timeline
            title={t("incident.timeline")}
            none={t("passage.none")}
            steps={incident.timeline.map((each) => ({ key: each.seq, at: each.at, ...step(each) }))}
          />
          {asking.value !== null && <IncidentDialog key={asking.value} act={asking.value} incident={incident} path={path} leave={leave} />}
        </>
      )}
    </main>
  );
}

function State({ incident }: { incident: IncidentDetail }) {
  const more = [
    incident.what,
    incident.cause === "" ? "" : t("incident.because", { cause: lookup(`incident.cause.${incident.cause}`, incident.cause) }),
    incident.returned > 0 ? t("incident.returned", { n: incident.returned }) : "",
    incident.extended ? t("incident.step.extended") : "",
    incident.county === "" ? "" : t("incident.county", { state: lookup(`county.${incident.county}`, incident.county) }),
  ].filter((word) => word !== "");
  return (
    <section class={`incident-now p${incident.priority}`} aria-label={t("incident.state_label")}>
      <p class="incident-head">
        <PriorityMark priority={incident.priority} />
        <b>{priorityWord(incident.priority)}</b>
        <span>{standing(incident)}</span>
        <span class="tag">{incident.id}</span>
        <Moment at={incident.opened} />
      </p>
      {more.map((word) => (
        <p key={word}>{word}</p>
      ))}
      {incident.limits.map((limit) => (
        <LimitLine key={limit.stage} limit={limit} />
      ))}
      {incident.merged_into > 0 && (
        <a href={href({ page: "incident", id: `${incident.merged_into}` })}>{t("incident.merged_into", { n: incident.merged_into })}</a>
      )}
      {incident.alarms.length > 0 && (
        <p class="incident-alarms">
          {incident.alarms.slice(-SHOWN).map((number) => (
            <a key={number} href={href({ page: "alarm", id: `${number}` })}>
              {t("incident.of_alarm", { n: number })}
            </a>
          ))}
        </p>
      )}
    </section>
  );
}

/** So many of its alarms are named, the latest. */
const SHOWN = 6;

interface NextAsked {
  incident: IncidentDetail;
  path: string;
  ask: (act: Act) => void;
  again: () => void;
}

function Next({ incident, path, ask, again }: NextAsked) {
  const sending = useSending();
  const next = incident.next?.act;
  if (next === undefined) return null;
  const press = async () => {
    if (next !== "go" && next !== "arrive") ask(next);
    else if (await sending.run(() => post<void>(`${path}/${next}`, {}))) again();
  };
  return (
    <section aria-label={t("incident.next")}>
      <button type="button" class="answer next-step" aria-disabled={sending.busy} onClick={() => void press()}>
        {sending.busy ? t("alarm.sending") : t(`incident.act.${next}`)}
      </button>
      <Trouble problem={sending.trouble} />
    </section>
  );
}

const WORKED_ON = new Set(["reported", "accepted", "assigned", "arrived"]);
const HELD = new Set(["assigned", "arrived"]);
/** What follows in a state, for those whose next step it is not. */
const BY_STATE: Readonly<Record<string, Act>> = { arrived: "handle", handled: "feedback", feedback: "verify", verified: "close" };

/** What the gateway would not refuse in that state. */
function possible(incident: IncidentDetail): Act[] {
  const { state, departments, extended, next } = incident;
  const working = WORKED_ON.has(state);
  const later = BY_STATE[state];
  return [
    ...(working ? (["whistle"] as const) : []),
    ...(departments.some((one) => one.arrived === null) ? (["department"] as const) : []),
    ...(working ? (["accept"] as const) : []),
    ...(HELD.has(state) ? (["return"] as const) : []),
    ...(working ? (["false", "merge"] as const) : []),
    ...(working && state !== "reported" && !extended ? (["extend"] as const) : []),
    ...(later !== undefined && later !== next?.act ? [later] : []),
  ];
}

function Menu({ incident, ask }: { incident: IncidentDetail; ask: (act: Act) => void }) {
  const acts = possible(incident);
  if (acts.length === 0) return null;
  return (
    <details class="menu">
      <summary>{t("incident.more")}</summary>
      <div class="orders">
        {acts.map((act) => (
          <button key={act} type="button" class="answer quiet" onClick={() => ask(act)}>
            {t(`incident.do.${act}`)}
          </button>
        ))}
      </div>
    </details>
  );
}

function Departments({ of }: { of: readonly CalledDepartment[] }) {
  if (of.length === 0) return null;
  return (
    <section aria-labelledby="departments-title">
      <h2 id="departments-title">{t("incident.departments")}</h2>
      <ul class="told-list">
        {of.map((one) => (
          <li key={one.id} class="told-row">
            <Moment at={one.called} />
            <b>{one.name}</b>
            <Answer of={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Answer({ of: { called, due, answered, arrived, late } }: { of: CalledDepartment }) {
  if (arrived !== null) return <span class="told-fate">{t("incident.step.department_arrived")}</span>;
  if (answered !== null) return <span class="told-fate">{t("incident.step.department_answered")}</span>;
  const { words, look } = left({ stage: "department", began: called, due, percent: late ? 100 : 0 });
  return (
    <span class={`told-fate limit ${look}`}>
      {t("stage.department")} <b>{words}</b>
    </span>
  );
}

function Photos({ incident, path }: { incident: IncidentDetail; path: string }) {
  if (incident.photos.length === 0 || !mayWatch()) return null;
  return (
    <section aria-labelledby="photos-title">
      <h2 id="photos-title">{t("incident.photos")}</h2>
      <ul class="photos">
        {incident.photos.map((photo, place) => (
          <li key={photo}>
            <a href={`/api/v1/${path}/photos/${photo}`} target="_blank" rel="noreferrer">
              <img src={`/api/v1/${path}/photos/${photo}`} alt={t("incident.photo", { n: place + 1 })} loading="lazy" />
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
