// 登记卡: a door is chosen, the card is shown there within a minute, then the person is picked. No number is typed or seen.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Enrolment, Permit } from "../door_shapes.ts";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { Openings } from "../parts/Openings.tsx";
import { CalmMark } from "../parts/PriorityMark.tsx";
import { Select } from "../parts/Select.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { type Sending, useSending } from "../sending.ts";
import { whole } from "../show/door.ts";
import * as clock from "../store/clock.ts";
import * as doors from "../store/doors.ts";
import { sent } from "../show/zone.ts";
import { t } from "../texts.ts";

const LOOK_MS = 1_000;

type Step = "choose" | "card" | "over" | "saved";

export function Enrol() {
  useEffect(() => void doors.ask(), []);
  const door = useSignal("");
  const step = useSignal<Step>("choose");
  const name = useSignal("");
  const sending = useSending();
  const waiting = useAsked<Enrolment>(step.value === "card" ? "enrolment" : null, LOOK_MS);
  const state = waiting.value?.state;

  // What was waited for and is no more: nobody came in time.
  useEffect(() => {
    if (step.value === "card" && (state === "none" || state === "over")) step.value = "over";
  }, [state]);
  // Who goes elsewhere waits no more, and leaves the door to others.
  useEffect(
    () => () => {
      if (step.peek() === "card") void remove("enrolment").catch(() => undefined);
    },
    [],
  );

  const begin = async () => {
    const [device, part] = split(door.value);
    if (await sending.run(() => post<void>("enrolment", { device, part }))) step.value = "card";
  };
  const stop = async () => {
    if (await sending.run(() => remove("enrolment"))) step.value = "choose";
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "permits" })}>{t("nav.permits")}</a>
      </p>
      <h1>{t("nav.enrol")}</h1>
      {step.value === "over" && (
        <p class="trouble" role="alert">
          {t("enrol.over")}
        </p>
      )}
      {(step.value === "choose" || step.value === "over") && (
        <Choose door={door} sending={sending} begin={() => void begin()} />
      )}
      <Trouble problem={sending.trouble} />
      {step.value === "card" && state !== "shown" && <Waiting enrolment={waiting.value} stop={() => void stop()} />}
      {step.value === "card" && state === "shown" && (
        <Person
          name={name}
          saved={() => (step.value = "saved")}
          stop={() => void stop()}
        />
      )}
      {step.value === "saved" && (
        <section class="code-card" aria-live="polite">
          <p class="outcome done">
            <CalmMark />
            {t("enrol.saved", { name: name.value })}
          </p>
          <div class="dialog-buttons">
            <button type="button" class="answer" onClick={() => (step.value = "choose")}>
              {t("enrol.another")}
            </button>
            <a class="answer quiet" href={href({ page: "tables" })}>
              {t("nav.tables")}
            </a>
          </div>
        </section>
      )}
    </main>
  );
}

function Choose({ door, sending, begin }: { door: Signal<string>; sending: Sending; begin: () => void }) {
  const known = doors.all();
  return (
    <Form class="form" trouble={sending.trouble} submit={begin}>
      <Select
        label={t("enrol.door")}
        options={known.map((one) => [one.id, whole(one)] as const)}
        chosen={door}
        name="device"
        none={t(known.length === 0 ? "verdict.waiting" : "enrol.choose")}
        required
      />
      <button type="submit" class="answer" aria-disabled={sending.busy}>
        {t("enrol.begin")}
      </button>
    </Form>
  );
}

function Waiting({ enrolment, stop }: { enrolment: Enrolment | null; stop: () => void }) {
  const end = enrolment?.until ?? null;
  const left = end === null ? null : Math.max(0, Math.ceil((Date.parse(end) - clock.now.value) / 1_000));
  const door = enrolment === null ? undefined : doors.one(`${enrolment.device}/${enrolment.part}`)?.value;
  return (
    <section class="code-card" role="status">
      <p class="enrol-ask">{t("enrol.show", { door: door === undefined ? "" : whole(door) })}</p>
      {left !== null && (
        <p class="code" aria-hidden="true">
          {left}
        </p>
      )}
      <button type="button" class="answer quiet" onClick={stop}>
        {t("dialog.cancel")}
      </button>
    </section>
  );
}

function Person({ name, saved, stop }: { name: Signal<string>; saved: () => void; stop: () => void }) {
  const [household, note, schedule, end] = [useSignal(""), useSignal(""), useSignal(""), useSignal("")];
  const groups = useSignal<readonly string[]>([]);
  const sending = useSending();
  const submit = async () => {
    const done = await sending.run(() =>
      post<{ permit: Permit }>("permits", {
        enrolled: true,
        name: name.value.trim(),
        household: household.value.trim(),
        groups: groups.value,
        schedule: schedule.value,
        valid_until: end.value === "" ? null : sent(end.value),
        note: note.value.trim(),
        reason: t("nav.enrol"),
      }).then(() => undefined),
    );
    if (done) saved();
  };
  return (
    <Form class="form" trouble={sending.trouble} submit={() => void submit()}>
      <p class="outcome done" role="status">
        <CalmMark />
        {t("enrol.seen")}
      </p>
      <Field label={t("permit.name")} value={name} name="name" required />
      <Field label={t("permit.household")} value={household} name="household" note={t("permit.household_note_staff")} />
      <Openings groups={groups} schedule={schedule} />
      <Field label={t("permit.ends")} value={end} name="valid_until" note={t("permit.ends_note")} type="datetime-local" />
      <Field label={t("permit.note")} value={note} name="note" maxLength={200} />
      <Trouble problem={sending.trouble} />
      <div class="dialog-buttons">
        <button type="button" class="answer quiet" onClick={stop}>
          {t("dialog.cancel")}
        </button>
        <button type="submit" class="answer" aria-disabled={sending.busy}>
          {sending.busy ? t("alarm.sending") : t("enrol.save")}
        </button>
      </div>
    </Form>
  );
}

function split(id: string): [device: string, part: string] {
  const cut = id.lastIndexOf("/");
  return [id.slice(0, cut), id.slice(cut + 1)];
}
