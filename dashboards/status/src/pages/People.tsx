// 人员: who works here, how they are reached and when they are absent; and the departments that can be called in.

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { post, put, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Person, Staff, Way } from "../duty_shapes.ts";
import { Field } from "../parts/Field.tsx";
import { marks, useWrong, WrongNote } from "../parts/Form.tsx";
import { FormDialog } from "../parts/FormDialog.tsx";
import { Removal } from "../parts/Removal.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { absences } from "../show/duty.ts";
import { localField, sent } from "../show/zone.ts";
import { mayPermit } from "../store/session.ts";
import { t } from "../texts.ts";

const ABSENCE_MS = 24 * 3_600_000;
const NOBODY: Person = { id: "", name: "", account: "", reach: [{ channel: "", to: "" }], away: [], grids: [] };

export function People() {
  const { value, trouble, again } = useAsked<Staff>("people");
  const editing = useSignal<Person | null>(null);
  const away = useSignal<Person | null>(null);
  const leave = (done: boolean) => {
    [editing.value, away.value] = [null, null];
    if (done) again();
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "duty" })}>{t("nav.duty")}</a>
      </p>
      <h1>{t("nav.people")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {mayPermit() && (
        <div class="orders">
          <button type="button" class="answer quiet" onClick={() => (editing.value = NOBODY)}>
            {t("people.add")}
          </button>
        </div>
      )}
      <ul class="person-rows">
        {value?.people.map((person) => (
          <li key={person.id} class="person" data-person={person.id}>
            <b>{person.name}</b>
            <span>{ways(person.reach)}</span>
            {absences(person).map((word) => (
              <span key={word} class="odd">
                {word}
              </span>
            ))}
            <div class="person-acts">
              <Absent person={person} ask={() => (away.value = person)} again={again} />
              {mayPermit() && (
                <button type="button" class="tool edged" onClick={() => (editing.value = person)}>
                  {t("people.edit")}
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
      {value !== null && value.departments.length > 0 && (
        <section aria-labelledby="departments-title">
          <h2 id="departments-title">{t("people.departments")}</h2>
          <dl class="facts">
            {value.departments.map((one) => (
              <div key={one.id} class="fact">
                <dt>{one.name}</dt>
                <dd>
                  <span>{t("people.answers_within", { n: one.answer_minutes })}</span> <span>{ways(one.reach)}</span>
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {editing.value !== null && <EditDialog person={editing.value} leave={leave} />}
      {away.value !== null && <AwayDialog person={away.value} leave={leave} />}
    </main>
  );
}

function ways(reach: readonly Way[]): string {
  return reach.map(({ channel, to }) => `${channel} ${to}`).join(" · ");
}

function path({ id }: Person): string {
  return `people/${encodeURIComponent(id)}`;
}

function Absent({ person, ask, again }: { person: Person; ask: () => void; again: () => void }) {
  const sending = useSending();
  if (absences(person).length === 0) {
    return (
      <button type="button" class="tool edged" onClick={ask}>
        {t("people.away")}
      </button>
    );
  }
  const back = async () => {
    if (await sending.run(() => remove(`${path(person)}/away`))) again();
  };
  return (
    <>
      <button type="button" class="tool edged" aria-disabled={sending.busy} onClick={() => void back()}>
        {t("people.back")}
      </button>
      <Trouble problem={sending.trouble} />
    </>
  );
}

function AwayDialog({ person, leave }: { person: Person; leave: (done: boolean) => void }) {
  const [from, until] = [useSignal(localField(Date.now())), useSignal(localField(Date.now() + ABSENCE_MS))];
  const send = () =>
    post<void>(`${path(person)}/away`, {
      from: sent(from.value),
      until: sent(until.value),
    });
  return (
    <FormDialog
      title={t("people.away_ask", { name: person.name })}
      act={t("people.away")}
      send={send}
      leave={leave}
    >
      <p class="dialog-note">{t("people.away_note")}</p>
      <Field label={t("people.from")} value={from} name="from" type="datetime-local" required />
      <Field label={t("people.until")} value={until} name="until" type="datetime-local" required />
    </FormDialog>
  );
}

function EditDialog({ person, leave }: { person: Person; leave: (done: boolean) => void }) {
  const fresh = person.id === "";
  const [id, name, account] = [useSignal(person.id), useSignal(person.name), useSignal(person.account)];
  const reach = useSignal<readonly Way[]>(person.reach);
  const dropping = useSending();
  const send = () =>
    put<void>(`people/${encodeURIComponent(id.value.trim())}`, {
      name: name.value.trim(),
      account: account.value.trim(),
      reach: reach.value.filter((way) => way.channel.trim() !== "" && way.to.trim() !== ""),
    });
  const drop = async () => {
    if (await dropping.run(() => remove(path(person)))) leave(true);
  };
  const become = (place: number, change: Partial<Way>) => {
    reach.value = reach.value.map((way, at) => (at === place ? { ...way, ...change } : way));
  };
  return (
    <FormDialog
      title={fresh ? t("people.add") : person.name}
      act={t("editor.save")}
      send={send}
      leave={leave}
    >
      {fresh && <Field label={t("editor.id")} value={id} name="id" note={t("people.id_note")} required maxLength={40} />}
      <Field label={t("editor.name")} value={name} name="name" required maxLength={40} />
      <Field label={t("people.account")} value={account} name="account" note={t("people.account_note")} />
      {reach.value.map((way, place) => (
        <div key={place} class="two-fields">
          <WayField
            name={`reach.${place}.channel`}
            label={t("people.channel")}
            value={way.channel}
            become={(channel) => become(place, { channel })}
          />
          <WayField name={`reach.${place}.to`} label={t("people.to")} value={way.to} become={(to) => become(place, { to })} />
        </div>
      ))}
      <button type="button" class="tool edged" onClick={() => (reach.value = [...reach.value, { channel: "", to: "" }])}>
        {t("people.add_way")}
      </button>
      {!fresh && <Removal busy={dropping.busy} remove={() => void drop()} />}
      <Trouble problem={dropping.trouble} />
    </FormDialog>
  );
}

interface WayAsked {
  /** As the gateway names it in what is sent. */
  name: string;
  label: string;
  value: string;
  become: (value: string) => void;
}

function WayField({ name, label, value, become }: WayAsked) {
  const id = useId();
  const wrong = useWrong(name);
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="text"
        name={name}
        maxLength={200}
        autoComplete="off"
        {...marks(id, wrong)}
        value={value}
        onInput={(event) => become(event.currentTarget.value)}
      />
      <WrongNote id={id} said={wrong} />
    </label>
  );
}
