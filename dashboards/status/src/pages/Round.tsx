// One round on the phone: where the next sensor goes, what was taken last, and undoing it by one tap.

import { type Signal, useSignal } from "@preact/signals";
import { useRef, useState } from "preact/hooks";
import { post, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Candidate, Round as Facts } from "../detector_shapes.ts";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { Moment } from "../parts/Moment.tsx";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { type Sending, useSending } from "../sending.ts";
import { dbm, unit } from "../show/detector.ts";
import { t } from "../texts.ts";

/** A person looks at the phone a second after the button was pressed. */
const EVERY_MS = 1_000;
/** Steps shown at once; a round may have hundreds. */
const STEPS = 20;

export function Round({ id }: { id: string }) {
  const path = `rounds/${encodeURIComponent(id)}`;
  const [ended, end] = useState(false);
  const asked = useAsked<Facts>(ended ? null : path, EVERY_MS);
  const sending = useSending();
  const last = useRef<Facts | null>(null);
  last.current = asked.value ?? last.current;
  const round = last.current;
  const over = ended || asked.trouble?.status === 404;
  const ask = async (step: string, body: unknown) => {
    const done = await sending.run(() => post<void>(`${path}/${step}`, body));
    asked.again();
    return done;
  };
  const stop = async () => {
    if (await sending.run(() => remove(path))) end(true);
  };
  return (
    <main id="content" class="narrow round-page" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "rounds" })}>{t("nav.rounds")}</a>
      </p>
      <h1>{t("nav.rounds")}</h1>
      {over && (
        <p class="outcome" role="status">
          {t("round.over")}
        </p>
      )}
      {!over && <Trouble problem={asked.trouble} />}
      {round === null && asked.trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {round !== null && (
        <>
          <p class="round-progress">
            <progress max={round.total} value={round.total - round.left} aria-label={t("round.progress")} />
            <b>
              {round.total - round.left}/{round.total}
            </b>
          </p>
          {!over && <Next round={round} />}
          {!over && <Latest round={round} sending={sending} undo={() => void ask("undo", {})} />}
          {!over && round.candidates.length > 0 && (
            <Candidates candidates={round.candidates} take={(sensor) => void ask("take", { sensor })} />
          )}
          <Trouble problem={sending.trouble} />
          {!over && (
            <>
              {round.next !== null && <ByLabel sending={sending} take={(sensor) => ask("take", { sensor })} />}
              <p class="orders">
                {round.next !== null && (
                  <button type="button" class="answer quiet" onClick={() => void ask("skip", {})}>
                    {t("round.skip")}
                  </button>
                )}
                <button
                  type="button"
                  class={round.next === null ? "answer" : "answer quiet"}
                  aria-disabled={sending.busy}
                  onClick={() => void stop()}
                >
                  {t("round.end")}
                </button>
              </p>
            </>
          )}
          <Steps round={round} />
        </>
      )}
    </main>
  );
}

function Next({ round }: { round: Facts }) {
  const { next } = round;
  if (next === null) {
    return (
      <section class="code-card" role="status">
        <p class="outcome done">
          <CalmMark />
          {t("round.all_done")}
        </p>
      </section>
    );
  }
  return (
    <section class="code-card next-place" role="status" data-next={next.id}>
      <p class="next-unit">{unit(next)}</p>
      <p class="next-name">{next.name}</p>
      <p class="enrol-ask">{t("round.press")}</p>
      {round.note !== "" && (
        <p class="trouble" role="alert">
          {t(`round.note.${round.note}`)}
        </p>
      )}
    </section>
  );
}

/** What was done last, so that a wrong press is seen and taken back at once. */
function Latest({ round, sending, undo }: { round: Facts; sending: Sending; undo: () => void }) {
  const [step] = round.done;
  if (step === undefined) return null;
  return (
    <section class="latest" aria-live="polite" aria-label={t("round.latest")}>
      {step.tail === "" ? <PriorityMark priority={4} /> : <CalmMark />}
      <p>
        <b>{step.name}</b>{" "}
        {step.tail === "" ? t("round.skipped") : t("round.took", { tail: step.tail })} <Moment at={step.at} />
      </p>
      <button type="button" class="answer quiet" aria-disabled={sending.busy} onClick={undo}>
        {t("round.undo")}
      </button>
    </section>
  );
}

function Candidates({ candidates, take }: { candidates: readonly Candidate[]; take: (address: string) => void }) {
  return (
    <section aria-labelledby="candidates-title">
      <h2 id="candidates-title">{t("round.candidates")}</h2>
      <ul class="editable">
        {candidates.map((candidate) => (
          <li key={candidate.address}>
            <button type="button" onClick={() => take(candidate.address)}>
              <b>
                {candidate.tail} {candidate.title}
              </b>
              <span>
                {candidate.receiver_name} {dbm(candidate.rssi)} ·{" "}
                {t("age.seconds", { n: Math.round(candidate.seconds_ago) })}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ByLabel({ sending, take }: { sending: Sending; take: (sensor: string) => Promise<boolean> }) {
  const label: Signal<string> = useSignal("");
  const submit = async () => {
    if (await take(label.value.trim())) label.value = "";
  };
  return (
    <details>
      <summary>{t("round.by_label")}</summary>
      <Form class="form" trouble={null} submit={() => void submit()}>
        <Field label={t("mount.sensor")} value={label} name="sensor" note={t("mount.sensor_note")} required minLength={4} maxLength={40} />
        <button type="submit" class="answer" aria-disabled={sending.busy}>
          {t("round.take")}
        </button>
      </Form>
    </details>
  );
}

function Steps({ round }: { round: Facts }) {
  if (round.done.length === 0) return null;
  return (
    <section aria-labelledby="steps-title">
      <h2 id="steps-title">{t("round.steps")}</h2>
      <ul class="passages">
        {round.done.slice(0, STEPS).map((step) => (
          <li key={`${step.detector} ${step.at}`}>
            <Moment at={step.at} />
            <p>
              <a href={href({ page: "detector", id: step.detector, point: null })}>{step.name}</a>
              <span>{step.tail === "" ? t("round.skipped") : step.tail}</span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
