// 交接班: who hands over to whom, what the next one must know, a note, and the proof that whoever is on duty can be reached.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Duty, HandOverSheet, SheetEntry, Staff, TestCall } from "../duty_shapes.ts";
import { AlarmList } from "../parts/AlarmList.tsx";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Select } from "../parts/Select.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href, type Route } from "../route.ts";
import { useSending } from "../sending.ts";
import { fate } from "../show/answering.ts";
import { now, role, troubles } from "../show/duty.ts";
import { age, minute } from "../show/time.ts";
import { mayAnswer, mayPermit } from "../store/session.ts";
import { lookup, t } from "../texts.ts";

const EVERY_MS = 10_000;
const RING_EVERY_MS = 2_000;

export function HandOver({ id }: { id: string }) {
  const path = `duty/${encodeURIComponent(id)}`;
  const { value: sheet, trouble, again } = useAsked<HandOverSheet>(`${path}/sheet`, EVERY_MS);
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "duty" })}>{t("nav.duty")}</a>
      </p>
      <h1>{sheet === null ? t("verdict.waiting") : t("handover.title", { grid: sheet.duty.name })}</h1>
      <Trouble problem={trouble} />
      {sheet !== null && (
        <>
          <State duty={sheet.duty} />
          {mayAnswer() && sheet.duty.roster_of !== "" && <TakeOver duty={sheet.duty} path={path} again={again} />}
          <Sheet sheet={sheet} />
          {mayAnswer() && <Note path={path} again={again} />}
          {mayAnswer() && <Ring path={path} />}
          <Team duty={sheet.duty} />
          <nav class="actions" aria-label={t("duty.actions")}>
            <a href={href({ page: "roster", id })}>{t("nav.roster")}</a>
            {mayPermit() && <a href={href({ page: "people" })}>{t("nav.people")}</a>}
          </nav>
        </>
      )}
    </main>
  );
}

function State({ duty }: { duty: Duty }) {
  const wrong = duty.roster_of === "" ? [] : troubles(duty);
  const odd = duty.late || duty.shift?.person === null;
  return (
    <section class={`standing-now${odd ? " odd-now" : ""}`} aria-live="polite" aria-label={t("duty.state")}>
      {odd ? <PriorityMark priority={3} /> : <CalmMark />}
      <div>
        <p>
          <b>{duty.roster_of === "" ? t("duty.no_roster") : t("duty.now", { name: now(duty) })}</b>
        </p>
        {duty.shift !== null && (
          <p class="door-words">
            {t("duty.by_roster", {
              name: duty.shift.person?.name ?? t("duty.nobody"),
              from: minute(Date.parse(duty.shift.begins)),
              to: minute(Date.parse(duty.shift.ends)),
            })}
            {duty.deputy !== null && ` · ${t("duty.deputy", { name: duty.deputy.name })}`}
          </p>
        )}
        {wrong.length > 0 && <p class={odd ? "odd" : "door-words"}>{wrong.join(" · ")}</p>}
        {duty.note !== null && (
          <p class="hand-note">{t("handover.note_of", { by: duty.note.by, age: age(Date.parse(duty.note.at)), text: duty.note.text })}</p>
        )}
      </div>
    </section>
  );
}

function TakeOver({ duty, path, again }: { duty: Duty; path: string; again: () => void }) {
  const { value } = useAsked<Staff>("people");
  const due = duty.shift?.person?.id ?? "";
  const chosen = useSignal("");
  const sending = useSending();
  const person = chosen.value || due;
  const known = value?.people.map(({ id, name }) => [id, name] as const) ?? [];
  const name = known.find(([one]) => one === person)?.[1] ?? person;
  const awaited = duty.shift?.person ?? null;
  const dueName = awaited === null ? t("incident_report.choose") : t("handover.due", { name: awaited.name });
  // Whoever answers for the grid already has nothing to take over.
  const waits = person !== "" && person !== duty.responsible?.id;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (waits && (await sending.run(() => post<void>(`${path}/take-over`, { person })))) again();
  };
  return (
    <form class="form panel take-over" onSubmit={(event) => void submit(event)}>
      <Select label={t("handover.who")} options={known} chosen={chosen} none={dueName} />
      <button type="submit" class="answer" disabled={!waits} aria-disabled={sending.busy}>
        {sending.busy ? t("alarm.sending") : waits || person === "" ? t("handover.take", { name }) : t("handover.taken")}
      </button>
      <Trouble problem={sending.trouble} />
    </form>
  );
}

function Sheet({ sheet }: { sheet: HandOverSheet }) {
  const lists: [string, readonly SheetEntry[], (entry: SheetEntry) => Route | null, (entry: SheetEntry) => string][] = [
    [t("handover.incidents"), sheet.incidents, ({ id }) => ({ page: "incident", id }), ({ what }) => what],
    [t("handover.outages"), sheet.outages, ({ id }) => ({ page: "detector", id, point: null }), ({ what }) => kind(what)],
    [t("handover.trials"), sheet.trials, ({ id }) => ({ page: "trial", id }), () => t("alarm.trial")],
    [t("handover.walks"), sheet.walk_tests, ({ id }) => ({ page: "walk_test", id }), ({ what }) => t("handover.tested", { n: what })],
    [t("handover.doors"), sheet.doors_free, door, () => ""],
  ];
  const nothing = sheet.alarms.length + sheet.lines.length + lists.reduce((sum, [, entries]) => sum + entries.length, 0) === 0;
  return (
    <section aria-labelledby="sheet-title">
      <h2 id="sheet-title">{t("handover.sheet")}</h2>
      {nothing && <p class="empty">{t("handover.nothing")}</p>}
      <AlarmList alarms={sheet.alarms} />
      {lists.map(([title, entries, to, word]) => (
        <Entries key={title} title={title} entries={entries} to={to} word={word} />
      ))}
      {sheet.lines.length > 0 && (
        <div class="sheet-list">
          <h3>{t("handover.lines")}</h3>
          <ul>
            {sheet.lines.map((line) => (
              <li key={line.id}>
                <span>{line.id}</span> <b>{t(line.down ? "handover.line_down" : "handover.line_part", { n: line.devices })}</b>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function kind(name: string): string {
  return lookup(`why.${name}`, name);
}

function door({ id }: SheetEntry): Route | null {
  const [device, part] = id.split("/");
  return device !== undefined && part !== undefined ? { page: "door", device, part } : null;
}

interface Shown {
  title: string;
  entries: readonly SheetEntry[];
  to: (entry: SheetEntry) => Route | null;
  word: (entry: SheetEntry) => string;
}

function Entries({ title, entries, to, word }: Shown) {
  if (entries.length === 0) return null;
  return (
    <div class="sheet-list">
      <h3>
        {title} <b>{entries.length}</b>
      </h3>
      <ul>
        {entries.map((entry) => {
          const page = to(entry);
          return (
            <li key={entry.id}>
              {page === null ? <span>{entry.where}</span> : <a href={href(page)}>{entry.where}</a>} <span>{word(entry)}</span>
              {entry.until !== null && <span>{t("handover.until", { time: minute(Date.parse(entry.until)) })}</span>}
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Note({ path, again }: { path: string; again: () => void }) {
  const note = useSignal("");
  const sending = useSending();
  const submit = async () => {
    if (await sending.run(() => post<void>(`${path}/hand-over`, { note: note.value.trim() }))) {
      note.value = "";
      again();
    }
  };
  return (
    <Form class="form" trouble={sending.trouble} submit={() => void submit()}>
      <Field label={t("handover.note")} value={note} name="note" note={t("handover.note_hint")} maxLength={1000} />
      <button type="submit" class="answer quiet" aria-disabled={sending.busy}>
        {sending.busy ? t("alarm.sending") : t("handover.do")}
      </button>
      <Trouble problem={sending.trouble} />
    </Form>
  );
}

function Ring({ path }: { path: string }) {
  const test = useSignal<number | null>(null);
  const sending = useSending();
  const { value } = useAsked<TestCall>(test.value === null ? null : `duty/tests/${test.value}`, RING_EVERY_MS);
  const ring = () =>
    sending.run(async () => {
      test.value = (await post<{ test: number }>(`${path}/ring`, {})).test;
    });
  return (
    <section aria-labelledby="ring-title">
      <h2 id="ring-title">{t("ring.title")}</h2>
      <button type="button" class="answer quiet" aria-disabled={sending.busy} onClick={() => void ring()}>
        {sending.busy ? t("alarm.sending") : t("ring.do")}
      </button>
      <Trouble problem={sending.trouble} />
      <div role="status">
        {test.value !== null && (value === null || value.messages.length === 0) && <p class="empty">{t("ring.waiting")}</p>}
        <ul class="told-list">
          {value?.messages.map((message, place) => (
            <li key={place} class={`told-row fate-${message.fate}`}>
              <b>{message.person.name}</b> <span>{message.channel}</span>
              <span class="told-fate">{fate(message)}</span>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}

function Team({ duty }: { duty: Duty }) {
  const roles = Object.entries(duty.team).filter(([, several]) => several.length > 0);
  if (roles.length === 0) return null;
  return (
    <section aria-labelledby="team-title">
      <h2 id="team-title">{t("duty.team")}</h2>
      <dl class="facts">
        {roles.map(([name, several]) => (
          <div key={name} class="fact">
            <dt>{role(name)}</dt>
            <dd>{several.map((one) => one.name).join("、")}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
