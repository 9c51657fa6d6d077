// 排班: the shifts of a grid, read by all who work there and written, whole, by those who keep the staff.

import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { put } from "../ask.ts";
import { useAsked } from "../asked.ts";
import { type Day, type Duties, type Duty, type Shift, type Staff, WEEK } from "../duty_shapes.ts";
import { Form, marks, useWrong, WrongNote } from "../parts/Form.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { dayName, hours } from "../show/duty.ts";
import { mayPermit } from "../store/session.ts";
import { t } from "../texts.ts";

export function Roster({ id }: { id: string }) {
  const { value, trouble, again } = useAsked<Duties>("duty");
  const staff = useAsked<Staff>("people").value;
  const duty = value?.grids.find((one) => one.grid === id);
  const editing = useSignal(false);
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "handover", id })}>{duty?.name ?? id}</a>
      </p>
      <h1>{t("nav.roster")}</h1>
      <Trouble problem={trouble} />
      {duty !== undefined && !editing.value && (
        <>
          <Read duty={duty} staff={staff} />
          {mayPermit() && staff !== null && (
            <button type="button" class="answer quiet" onClick={() => (editing.value = true)}>
              {t("roster.edit")}
            </button>
          )}
        </>
      )}
      {duty !== undefined && staff !== null && editing.value && (
        <Edit
          duty={duty}
          staff={staff}
          leave={(done) => {
            editing.value = false;
            if (done) again();
          }}
        />
      )}
    </main>
  );
}

function Read({ duty, staff }: { duty: Duty; staff: Staff | null }) {
  const name = (id: string) => staff?.people.find((one) => one.id === id)?.name ?? id;
  if (duty.shifts.length === 0) {
    return <p class="empty">{duty.roster_of === "" ? t("duty.no_roster") : t("roster.of", { grid: duty.roster_of })}</p>;
  }
  return (
    <ul class="editable">
      {duty.shifts.map((shift) => (
        <li key={shift.id} class="shift">
          <b>
            {shift.name} {name(shift.person)}
          </b>
          <span>{hours(shift)}</span>
          {shift.deputy !== "" && <span>{t("duty.deputy", { name: name(shift.deputy) })}</span>}
        </li>
      ))}
    </ul>
  );
}

type Draft = Omit<Shift, "id">;

function Edit({ duty, staff, leave }: { duty: Duty; staff: Staff; leave: (done: boolean) => void }) {
  const shifts = useSignal<readonly Draft[]>(duty.shifts.map(({ id: _, ...shift }) => shift));
  const sending = useSending();
  const save = async () => {
    const path = `duty/${encodeURIComponent(duty.grid)}/shifts`;
    if (await sending.run(() => put<void>(path, { shifts: shifts.value }))) leave(true);
  };
  const add = () => {
    const last = shifts.value[shifts.value.length - 1];
    const person = last?.person ?? staff.people[0]?.id ?? "";
    const fresh = { name: t("roster.fresh"), days: [...WEEK], from: last?.to ?? "08:00", to: last?.from ?? "20:00", person, deputy: "" };
    shifts.value = [...shifts.value, fresh];
  };
  return (
    <Form class="form" trouble={sending.trouble} submit={() => void save()}>
      <p class="lead">{t("roster.note")}</p>
      {shifts.value.map((_, place) => (
        <ShiftFields key={place} shifts={shifts} place={place} staff={staff} />
      ))}
      <button type="button" class="tool edged" onClick={add}>
        {t("roster.add")}
      </button>
      <Trouble problem={sending.trouble} />
      <div class="orders">
        <button type="submit" class="answer" aria-disabled={sending.busy}>
          {sending.busy ? t("alarm.sending") : t("editor.save")}
        </button>
        <button type="button" class="answer quiet" onClick={() => leave(false)}>
          {t("dialog.cancel")}
        </button>
      </div>
    </Form>
  );
}

function ShiftFields({ shifts, place, staff }: { shifts: Signal<readonly Draft[]>; place: number; staff: Staff }) {
  const shift = shifts.value[place];
  if (shift === undefined) return null;
  const become = (change: Partial<Draft>) => {
    shifts.value = shifts.value.map((one, at) => (at === place ? { ...one, ...change } : one));
  };
  const turn = (day: Day) => {
    become({ days: WEEK.filter((one) => (one === day) !== shift.days.includes(one)) });
  };
  return (
    <fieldset class="form panel shift-fields">
      <legend>{t("roster.shift", { n: place + 1 })}</legend>
      <Named name={`shifts.${place}.name`} label={t("editor.name")} value={shift.name} type="text" become={(name) => become({ name })} />
      <div class="chips" role="group" aria-label={t("roster.days")}>
        {WEEK.map((day) => (
          <button key={day} type="button" class="chip" aria-pressed={shift.days.includes(day)} onClick={() => turn(day)}>
            {dayName(day)}
          </button>
        ))}
      </div>
      <div class="two-fields">
        <Named name={`shifts.${place}.from`} label={t("roster.from")} value={shift.from} type="time" become={(from) => become({ from })} />
        <Named
          name={`shifts.${place}.to`}
          label={t("roster.to")}
          value={shift.to === "24:00" ? "00:00" : shift.to}
          type="time"
          become={(to) => become({ to })}
        />
        <Who
          name={`shifts.${place}.person`}
          label={t("roster.person")}
          value={shift.person}
          staff={staff}
          become={(person) => become({ person })}
        />
        <Who
          name={`shifts.${place}.deputy`}
          label={t("roster.deputy")}
          value={shift.deputy}
          staff={staff}
          but={shift.person}
          become={(deputy) => become({ deputy })}
          none
        />
      </div>
      <button type="button" class="tool edged removal" onClick={() => (shifts.value = shifts.value.filter((_, at) => at !== place))}>
        {t("editor.remove")}
      </button>
    </fieldset>
  );
}

interface Named {
  /** As the gateway names it in what is sent. */
  name: string;
  label: string;
  value: string;
  type: "text" | "time";
  become: (value: string) => void;
}

function Named({ name, label, value, type, become }: Named) {
  const id = useId();
  const wrong = useWrong(name);
  const shared = { name, required: true, value, ...marks(id, wrong) };
  return (
    <label class="field">
      <span>{label}</span>
      {type === "time" ? (
        <input type="time" {...shared} onInput={(event) => become(event.currentTarget.value)} />
      ) : (
        <input type="text" maxLength={40} {...shared} onInput={(event) => become(event.currentTarget.value)} />
      )}
      <WrongNote id={id} said={wrong} />
    </label>
  );
}

interface Who {
  name: string;
  label: string;
  value: string;
  staff: Staff;
  become: (person: string) => void;
  /** Nobody stands in for himself. */
  but?: string;
  none?: boolean;
}

function Who({ name, label, value, staff, become, but = "", none = false }: Who) {
  const id = useId();
  const wrong = useWrong(name);
  const people = staff.people.filter((one) => one.id !== but);
  return (
    <label class="field">
      <span>{label}</span>
      <select name={name} value={value} required={!none} {...marks(id, wrong)} onChange={(event) => become(event.currentTarget.value)}>
        {none && <option value="">{t("value.none")}</option>}
        {people.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
      <WrongNote id={id} said={wrong} />
    </label>
  );
}
