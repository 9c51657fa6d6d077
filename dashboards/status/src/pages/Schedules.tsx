// 时段: weeks in which permits count, two spans for each day kind; and the holidays on which the week does not count.

import { useSignal } from "@preact/signals";
import { put, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Holidays, Schedule, Span } from "../door_shapes.ts";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { Removal } from "../parts/Removal.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { useSending } from "../sending.ts";
import { DAYS, face, minutesOf, week } from "../show/permit.ts";
import { mayPermit } from "../store/session.ts";
import { t } from "../texts.ts";

type Day = (typeof DAYS)[number];
/** A day's fields: from and until of two spans, "" where nothing is filled in. */
type Fields = [string, string, string, string];

const NEW: Schedule = { id: "", name: "", days: {}, permits: 0 };
const WORKDAYS: readonly Day[] = ["monday", "tuesday", "wednesday", "thursday", "friday"];

export function Schedules() {
  const { value, trouble, again } = useAsked<{ schedules: Schedule[] }>("schedules");
  const chosen = useSignal<Schedule | null>(null);
  const left = (changed: boolean) => {
    chosen.value = null;
    if (changed) again();
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.schedules")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value?.schedules.length === 0 && <p class="empty">{t("schedules.none")}</p>}
      {chosen.value === null && mayPermit() && (
        <p class="orders">
          <button type="button" class="answer quiet" onClick={() => (chosen.value = NEW)}>
            {t("schedules.new")}
          </button>
        </p>
      )}
      {chosen.value !== null && <Editor key={chosen.value.id} schedule={chosen.value} leave={left} />}
      <ul class="editable">
        {value?.schedules.map((schedule) => (
          <li key={schedule.id}>
            <button type="button" disabled={!mayPermit()} onClick={() => (chosen.value = schedule)}>
              <b>{schedule.name || schedule.id}</b>
              <span>
                {schedule.id} · {t("schedules.permits", { n: schedule.permits })}
              </span>
              <span>{week(schedule).join(" · ")}</span>
            </button>
          </li>
        ))}
      </ul>
      <Days />
    </main>
  );
}

function Editor({ schedule, leave }: { schedule: Schedule; leave: (changed: boolean) => void }) {
  const [id, name] = [useSignal(schedule.id), useSignal(schedule.name)];
  const days = useSignal<Record<Day, Fields>>(fieldsOf(schedule));
  const sending = useSending();
  const path = () => `schedules/${encodeURIComponent(id.value.trim())}`;
  const change = (day: Day, place: number, said: string) => {
    const fields: Fields = [...days.value[day]];
    fields[place] = said;
    days.value = { ...days.value, [day]: fields };
  };
  const repeat = () => {
    const monday = days.value.monday;
    days.value = { ...days.value, ...Object.fromEntries(WORKDAYS.map((day) => [day, monday])) };
  };
  const save = async () => {
    const body = { name: name.value.trim() || id.value.trim(), days: daysOf(days.value) };
    if (await sending.run(() => put<Schedule>(path(), body).then(() => undefined))) leave(true);
  };
  const drop = async () => {
    if (await sending.run(() => remove(path()))) leave(true);
  };
  return (
    <Form class="form panel" trouble={sending.trouble} submit={() => void save()}>
      {schedule === NEW && <Field label={t("editor.id")} note={t("editor.id_note")} value={id} name="id" required maxLength={40} />}
      <Field label={t("editor.name")} value={name} name="name" />
      <div class="week">
        {DAYS.map((day) => (
          <fieldset key={day}>
            <legend>{t(`day.${day}`)}</legend>
            {days.value[day].map((said, place) => (
              <input
                key={place}
                type="time"
                aria-label={`${t(`day.${day}`)} ${t(place % 2 === 0 ? "schedules.from" : "schedules.until")} ${place < 2 ? 1 : 2}`}
                value={said}
                onInput={(event) => change(day, place, event.currentTarget.value)}
              />
            ))}
            {day === "monday" && (
              <button type="button" class="tool edged" onClick={repeat}>
                {t("schedules.repeat")}
              </button>
            )}
          </fieldset>
        ))}
      </div>
      <p class="field-note">{t("schedules.note")}</p>
      <Trouble problem={sending.trouble} />
      <div class="dialog-buttons">
        {schedule !== NEW && <Removal busy={sending.busy} remove={() => void drop()} />}
        <button type="button" class="answer quiet" onClick={() => leave(false)}>
          {t("dialog.cancel")}
        </button>
        <button type="submit" class="answer" aria-disabled={sending.busy}>
          {t("editor.save")}
        </button>
      </div>
    </Form>
  );
}

function Days() {
  const { value } = useAsked<Holidays>("holidays");
  if (value === null) return null;
  return (
    <section aria-labelledby="holidays-title">
      <h2 id="holidays-title">{t("holidays.title", { year: value.year })}</h2>
      {!value.known && <p class="trouble">{t("holidays.unknown")}</p>}
      <ul class="holidays">
        {value.days.map((day) => (
          <li key={day.date} class={day.kind}>
            <span>{day.date.slice(5)}</span> {day.name} <span class="tag">{t(`holidays.${day.kind}`)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function fieldsOf(schedule: Schedule): Record<Day, Fields> {
  const fields = DAYS.map((day) => {
    const said = (schedule.days[day] ?? []).flatMap(([from, until]) => [face(from), face(until % 1440)]);
    return [day, [said[0] ?? "", said[1] ?? "", said[2] ?? "", said[3] ?? ""]];
  });
  return Object.fromEntries(fields) as Record<Day, Fields>;
}

/** Spans that are filled in on both sides; whether they make sense is for the gateway to say. */
function daysOf(fields: Record<Day, Fields>): Record<string, Span[]> {
  const days: Record<string, Span[]> = {};
  for (const day of DAYS) {
    const [from, until, again, end] = fields[day];
    const spans = [[from, until], [again, end]].filter(([one, other]) => one !== "" && other !== "");
    if (spans.length > 0) days[day] = spans.map(([one = "", other = ""]) => [minutesOf(one, false), minutesOf(other, true)]);
  }
  return days;
}
