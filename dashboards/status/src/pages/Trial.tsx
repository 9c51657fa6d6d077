// 试运行 of one building: until when, who hears of it, what would have followed, and its end with the acceptance report.

import { useSignal } from "@preact/signals";
import { post, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Staff } from "../duty_shapes.ts";
import { Field } from "../parts/Field.tsx";
import { FormDialog } from "../parts/FormDialog.tsx";
import { Picker } from "../parts/Picker.tsx";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { WouldHaveList } from "../parts/WouldHaveList.tsx";
import { href } from "../route.ts";
import type { Trial as Facts, TrialDetail } from "../safety_shapes.ts";
import { until } from "../show/permit.ts";
import { localField, sent } from "../show/zone.ts";
import * as overview from "../store/overview.ts";
import { mayWork } from "../store/session.ts";
import { t } from "../texts.ts";

const EVERY_MS = 10_000;
const USUAL_MS = 14 * 24 * 3_600_000;

export function Trial({ id }: { id: string }) {
  const path = `buildings/${encodeURIComponent(id)}/trial`;
  const { value, trouble, again } = useAsked<TrialDetail>(path, EVERY_MS);
  const staff = useAsked<Staff>(mayWork() ? "people" : null).value;
  const asking = useSignal<"begin" | "end" | null>(null);
  const name = overview.tile(id)?.value.name ?? id;
  const leave = (done: boolean) => {
    asking.value = null;
    if (done) again();
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "building", id })}>{name}</a>
      </p>
      <h1>{t("trial.title", { building: name })}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && (
        <>
          <State trial={value.trial} staff={staff} />
          {mayWork() && (
            <div class="orders">
              {value.trial !== null && (
                <button type="button" class="answer" onClick={() => (asking.value = "end")}>
                  {t("trial.end")}
                </button>
              )}
              <button type="button" class="answer quiet" onClick={() => (asking.value = "begin")}>
                {t(value.trial === null ? "trial.begin" : "trial.change")}
              </button>
            </div>
          )}
          <section aria-labelledby="would-have-title">
            <h2 id="would-have-title">{t("trial.would_have")}</h2>
            <WouldHaveList found={value.would_have} />
          </section>
          {asking.value === "begin" && <BeginDialog path={path} name={name} trial={value.trial} staff={staff} leave={leave} />}
          {asking.value === "end" && <EndDialog path={path} name={name} leave={leave} />}
        </>
      )}
    </main>
  );
}

function State({ trial, staff }: { trial: Facts | null; staff: Staff | null }) {
  const called = (id: string) => staff?.people.find((one) => one.id === id)?.name ?? id;
  return (
    <section class={`standing-now${trial === null ? "" : " odd-now"}`} aria-label={t("trial.state")}>
      {trial === null ? <CalmMark /> : <PriorityMark priority={3} />}
      {trial === null ? (
        <p>{t("trial.none")}</p>
      ) : (
        <div>
          <p>
            <b>{t("trial.until", { time: until(trial.until) })}</b>
          </p>
          <p class="door-words">{t("trial.by", { by: trial.by, time: until(trial.began) })}</p>
          <p class="door-words">{t("trial.people", { names: trial.people.map(called).join("、") })}</p>
          <p class="lead">{t("trial.note")}</p>
        </div>
      )}
    </section>
  );
}

interface Asked {
  path: string;
  name: string;
  leave: (done: boolean) => void;
}

function BeginDialog({ path, name, trial, staff, leave }: Asked & { trial: Facts | null; staff: Staff | null }) {
  const end = useSignal(localField(trial === null ? Date.now() + USUAL_MS : Date.parse(trial.until)));
  const people = useSignal<readonly string[]>(trial?.people ?? []);
  const choices = (staff?.people ?? []).map(({ id, name: label }) => ({ id, label }));
  return (
    <FormDialog
      title={t("trial.begin_ask", { building: name })}
      act={t(trial === null ? "trial.begin" : "trial.change")}
      send={() => post<void>(path, { until: sent(end.value), people: people.value })}
      leave={leave}
    >
      <p class="dialog-note">{t("trial.note")}</p>
      <Field label={t("trial.end_date")} value={end} name="until" type="datetime-local" required />
      <Picker label={t("trial.who")} choices={choices} chosen={people} name="people" required />
    </FormDialog>
  );
}

function EndDialog({ path, name, leave }: Asked) {
  const report = useSignal("");
  return (
    <FormDialog
      title={t("trial.end_ask", { building: name })}
      act={t("trial.end")}
      send={() => remove(path, { report: report.value.trim() })}
      leave={leave}
    >
      <p class="dialog-note">{t("trial.end_note")}</p>
      <Field label={t("trial.report")} value={report} name="report" required />
    </FormDialog>
  );
}
