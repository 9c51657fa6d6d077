// One alarm: what can be done about it, its incident, who was told, what would have followed, and all that happened to it.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../ask.ts";
import type { AlarmWithHistory, Notice } from "../answering_shapes.ts";
import { useAsked } from "../asked.ts";
import type { Incidents } from "../incident_shapes.ts";
import { AlarmList } from "../parts/AlarmList.tsx";
import { IncidentRow } from "../parts/IncidentRow.tsx";
import { ShelveDialog } from "../parts/ShelveDialog.tsx";
import { Timeline } from "../parts/Timeline.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { VerifyDialog } from "../parts/VerifyDialog.tsx";
import { WouldHaveList } from "../parts/WouldHaveList.tsx";
import { href } from "../route.ts";
import type { TrialDetail } from "../safety_shapes.ts";
import { useSending } from "../sending.ts";
import type { Alarm as Facts } from "../shapes.ts";
import { isDanger, sparable, what, where } from "../show/alarm.ts";
import { fate, foundReal } from "../show/answering.ts";
import { clockFace } from "../show/time.ts";
import { change, open } from "../store/alarms.ts";
import { mayAnswer, mayWatch } from "../store/session.ts";
import { because, lookup, t } from "../texts.ts";

const EVERY_MS = 5_000;

export function Alarm({ id }: { id: string }) {
  const { value, trouble, again } = useAsked<AlarmWithHistory>(`alarms/${id}`, EVERY_MS);
  const live = open.value.get(Number(id));
  // The stream is ahead of the question.
  useEffect(() => again(), [live]);
  const alarm = live ?? value;
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "alarms", tab: "unanswered" })}>{t("nav.alarms")}</a>
      </p>
      <h1>{alarm === null ? t("verdict.waiting") : `${where(alarm)} ${what(alarm)}`}</h1>
      <Trouble problem={trouble} />
      {alarm !== null && (
        <>
          <AlarmList alarms={[alarm]} />
          {mayAnswer() && alarm.state !== "A" && <Acts alarm={alarm} />}
          <ItsIncident number={alarm.number} />
          <Told number={alarm.number} />
          {alarm.trial && mayWatch() && <OnTrial alarm={alarm} />}
          <History steps={value?.history ?? []} />
        </>
      )}
    </main>
  );
}

type Asking = "real" | "false" | "shelve";

function Acts({ alarm }: { alarm: Facts }) {
  const asking = useSignal<Asking | null>(null);
  const sending = useSending();
  const most = sparable(alarm);
  const spared = alarm.suppression !== "none";
  const verifying = isDanger(alarm) && alarm.verdict === "";
  const resume = () => sending.run(async () => change(await post<Facts>(`alarms/${alarm.number}/unshelve`, {})));
  const leave = () => (asking.value = null);
  return (
    <section aria-label={t("one_alarm.acts")}>
      <div class="orders">
        {verifying && (
          <>
            <button type="button" class="answer grave" onClick={() => (asking.value = "real")}>
              {foundReal(alarm)}
            </button>
            <button type="button" class="answer quiet" onClick={() => (asking.value = "false")}>
              {t("verify.false")}
            </button>
          </>
        )}
        {most !== null && !spared && (
          <button type="button" class="answer quiet" onClick={() => (asking.value = "shelve")}>
            {t("shelve.do")}
          </button>
        )}
        {alarm.suppression === "shelved" && (
          <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void resume()}>
            {sending.busy ? t("alarm.sending") : t("shelve.resume")}
          </button>
        )}
      </div>
      {spared && <p class="lead">{sparedBecause(alarm)}</p>}
      <Trouble problem={sending.trouble} />
      {asking.value === "shelve" && most !== null && <ShelveDialog alarms={[alarm]} most={most} leave={leave} />}
      {(asking.value === "real" || asking.value === "false") && (
        <VerifyDialog key={asking.value} alarm={alarm} real={asking.value === "real"} leave={leave} />
      )}
    </section>
  );
}

function sparedBecause({ spared_by: by, spared_why: why }: Facts): string {
  return [by, because(why)].filter((word) => word !== "").join(" · ");
}

function ItsIncident({ number }: { number: number }) {
  const { value } = useAsked<Incidents>("incidents", EVERY_MS);
  const incident = value?.incidents.find((one) => one.alarms.includes(number));
  if (incident === undefined) return null;
  return (
    <section aria-labelledby="incident-title">
      <h2 id="incident-title">{t("one_alarm.incident")}</h2>
      <ul class="incidents">
        <IncidentRow incident={incident} />
      </ul>
    </section>
  );
}

function Told({ number }: { number: number }) {
  const { value, trouble } = useAsked<{ notices: Notice[] }>(`alarms/${number}/notices`, EVERY_MS);
  return (
    <section aria-labelledby="told-title">
      <h2 id="told-title">{t("one_alarm.told")}</h2>
      <Trouble problem={trouble} />
      {value?.notices.length === 0 && <p class="empty">{t("one_alarm.told_nobody")}</p>}
      <ul class="told-list">
        {value?.notices.map((notice) => (
          <li key={notice.number} class={`told-row fate-${notice.fate}`}>
            <time dateTime={notice.made}>{clockFace(Date.parse(notice.made), true)}</time>
            <p>
              <b>{notice.person?.name ?? t("one_alarm.told_somebody")}</b> <span>{notice.channel}</span>
              {notice.step > 0 && <span class="tag">{t("one_alarm.told_step", { n: notice.step + 1 })}</span>}
            </p>
            <span class="told-fate">{fate(notice)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function OnTrial({ alarm }: { alarm: Facts }) {
  const path = `buildings/${encodeURIComponent(alarm.place.building)}/trial`;
  const { value } = useAsked<TrialDetail>(alarm.place.building === "" ? null : path);
  const found = (value?.would_have ?? []).filter((one) => one.alarm === alarm.number);
  return (
    <section aria-labelledby="would-have-title">
      <h2 id="would-have-title">{t("trial.would_have")}</h2>
      <WouldHaveList found={found} />
    </section>
  );
}

function History({ steps }: { steps: AlarmWithHistory["history"] }) {
  const happened = steps.map((step) => ({
    key: step.seq,
    at: step.at,
    what: lookup(`change.${step.change}`, step.change),
    words: [step.by, step.by === "" ? "" : step.note],
  }));
  return <Timeline title={t("one_alarm.history")} none={t("passage.none")} steps={happened} />;
}
