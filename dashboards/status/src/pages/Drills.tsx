// 试运行、停用与演练: what is not in earnest at present, and the drills that were held.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { DetectorOutage } from "../answering_shapes.ts";
import { useAsked } from "../asked.ts";
import { Field } from "../parts/Field.tsx";
import { FormDialog } from "../parts/FormDialog.tsx";
import { Select } from "../parts/Select.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import type { Drill, Drills as Found } from "../safety_shapes.ts";
import { unit } from "../show/detector.ts";
import { until } from "../show/permit.ts";
import { localField, sent } from "../show/zone.ts";
import * as overview from "../store/overview.ts";
import { mayAnswer } from "../store/session.ts";
import { t } from "../texts.ts";

const EVERY_MS = 20_000;

export function Drills() {
  const { value, trouble, again } = useAsked<Found>("drills", EVERY_MS);
  const out = useAsked<{ detectors: DetectorOutage[] }>("detectors/outages", EVERY_MS).value?.detectors ?? [];
  const recording = useSignal(false);
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.drills")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && (
        <>
          <section aria-labelledby="trials-title">
            <h2 id="trials-title">{t("drills.trials")}</h2>
            {value.trials.length === 0 && <p class="empty">{t("drills.no_trials")}</p>}
            <ul class="editable">
              {value.trials.map((trial) => (
                <li key={trial.building}>
                  <a href={href({ page: "trial", id: trial.building })}>
                    <b>{trial.name}</b>
                    <span>{t("trial.until", { time: until(trial.until) })}</span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
          <section aria-labelledby="outages-title">
            <h2 id="outages-title">{t("drills.outages")}</h2>
            {out.length === 0 && <p class="empty">{t("drills.no_outages")}</p>}
            <ul class="editable">
              {out.map((one) => (
                <li key={one.id}>
                  <a href={href({ page: "detector", id: one.id, point: null })}>
                    <b>
                      {unit(one)} {one.name}
                    </b>
                    <span>{standing(one)}</span>
                  </a>
                </li>
              ))}
            </ul>
          </section>
          <Held drills={value.drills} />
          {mayAnswer() && (
            <div class="orders">
              <button type="button" class="answer quiet" onClick={() => (recording.value = true)}>
                {t("drills.record")}
              </button>
            </div>
          )}
          {recording.value && (
            <RecordDialog
              leave={(done) => {
                recording.value = false;
                if (done) again();
              }}
            />
          )}
        </>
      )}
    </main>
  );
}

function standing({ outage, pending }: DetectorOutage): string {
  if (outage !== null) return t("outage.until", { time: until(outage.until), reason: outage.reason });
  return pending === null ? "" : t("outage.pending", { by: pending.by });
}

function Held({ drills }: { drills: readonly Drill[] }) {
  return (
    <section aria-labelledby="drills-title">
      <h2 id="drills-title">{t("drills.held")}</h2>
      {drills.length === 0 && <p class="empty">{t("drills.none")}</p>}
      <ul class="editable">
        {drills.map((drill) => (
          <li key={drill.number} class="drill">
            <b>
              {drill.name} {drill.what}
            </b>
            <span>{t("drills.of", { time: until(drill.held), people: drill.people, minutes: drill.minutes, by: drill.by })}</span>
            {drill.note !== "" && <span>{drill.note}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function RecordDialog({ leave }: { leave: (done: boolean) => void }) {
  const [building, what, note] = [useSignal(""), useSignal(""), useSignal("")];
  const [held, people, minutes] = [useSignal(localField(Date.now())), useSignal(""), useSignal("")];
  const known = overview.buildings.value.map((id) => [id, overview.tile(id)?.value.name ?? id] as const);
  return (
    <FormDialog
      title={t("drills.record")}
      act={t("editor.save")}
      send={() =>
        post<void>("drills", {
          building: building.value,
          held: sent(held.value),
          what: what.value.trim(),
          people: Number(people.value),
          minutes: Number(minutes.value),
          note: note.value.trim(),
        })
      }
      leave={leave}
    >
      <Select label={t("incident_report.building")} options={known} chosen={building} name="building" none={t("incident_report.choose")} required />
      <Field label={t("drills.what")} value={what} name="what" required maxLength={200} />
      <Field label={t("drills.when")} value={held} name="held" type="datetime-local" required />
      <div class="two-fields">
        <Field label={t("drills.people")} value={people} name="people" type="whole" required maxLength={6} />
        <Field label={t("drills.minutes")} value={minutes} name="minutes" type="whole" required maxLength={4} />
      </div>
      <Field label={t("drills.note")} value={note} name="note" maxLength={500} />
    </FormDialog>
  );
}
