// What is done about an incident with a few words: each act asks for what the gateway needs, and no more.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Staff } from "../duty_shapes.ts";
import { CAUSES, type Cause, type IncidentDetail, type Incidents } from "../incident_shapes.ts";
import { place } from "../show/answering.ts";
import { t } from "../texts.ts";
import { Chips } from "./Chips.tsx";
import { Field } from "./Field.tsx";
import { FormDialog } from "./FormDialog.tsx";
import { PhotoField } from "./PhotoField.tsx";
import { Reason } from "./Reason.tsx";
import { Select } from "./Select.tsx";

export type Act =
  | "handle"
  | "feedback"
  | "verify"
  | "close"
  | "accept"
  | "whistle"
  | "department"
  | "return"
  | "false"
  | "merge"
  | "extend";

interface Asked {
  incident: IncidentDetail;
  path: string;
  leave: (done: boolean) => void;
}

export function IncidentDialog({ act, ...asked }: Asked & { act: Act }) {
  switch (act) {
    case "handle":
      return <Handle {...asked} />;
    case "feedback":
      return <FeedBack {...asked} />;
    case "verify":
      return <Verify {...asked} />;
    case "close":
      return <Close {...asked} />;
    case "accept":
      return <Assign {...asked} />;
    case "whistle":
      return <Whistle {...asked} />;
    case "department":
      return <Department {...asked} />;
    case "return":
      return <Return {...asked} />;
    case "false":
      return <False {...asked} />;
    case "merge":
      return <Merge {...asked} />;
    case "extend":
      return <Extend {...asked} />;
  }
}

interface Form extends Asked {
  act: Act;
  body: () => unknown;
  ready?: boolean;
  children: ComponentChildren;
}

function Form({ act, incident, path, body, leave, ready = true, children }: Form) {
  return (
    <FormDialog
      title={t("incident.ask", { act: t(`incident.do.${act}`), place: place(incident) })}
      act={t(`incident.do.${act}`)}
      ready={ready}
      send={() => post<void>(`${path}/${act}`, body())}
      leave={leave}
    >
      {children}
    </FormDialog>
  );
}

function Handle(asked: Asked) {
  const what = useSignal("");
  const photos = useSignal<readonly string[]>([]);
  const busy = useSignal(false);
  return (
    <Form
      {...asked}
      act="handle"
      ready={!busy.value}
      body={() => ({ what: what.value.trim(), photos: photos.value })}
    >
      <Reason
        reason={what}
        offered={[t("handled.nothing"), t("handled.out"), t("handled.mended"), t("handled.handed_on")]}
        label={t("handled.what")}
        name="what"
      />
      <PhotoField photos={photos} busy={busy} />
    </Form>
  );
}

function FeedBack(asked: Asked) {
  const [cause, note] = [useSignal(""), useSignal("")];
  return (
    <Form {...asked} act="feedback" body={() => ({ cause: cause.value.trim(), note: note.value.trim() })}>
      <Field label={t("incident.cause_label")} value={cause} name="cause" />
      <Field label={t("incident.feedback_note")} value={note} name="note" maxLength={500} />
    </Form>
  );
}

function Verify(asked: Asked) {
  const good = useSignal(true);
  const note = useSignal("");
  return (
    <Form
      {...asked}
      act="verify"
      ready={good.value || note.value.trim() !== ""}
      body={() => ({ good: good.value, note: note.value.trim() })}
    >
      <p class="dialog-note">{t("incident.verify_note")}</p>
      <Chips<boolean>
        label={t("incident.do.verify")}
        options={[
          [true, t("incident.good")],
          [false, t("incident.not_good")],
        ]}
        chosen={good}
      />
      <Field label={t("incident.note")} value={note} name="note" maxLength={500} />
    </Form>
  );
}

function Close(asked: Asked) {
  const note = useSignal("");
  return (
    <Form {...asked} act="close" body={() => ({ note: note.value.trim() })}>
      <Field label={t("incident.note")} value={note} name="note" maxLength={500} />
    </Form>
  );
}

function Assign(asked: Asked) {
  const person = useSignal(asked.incident.person);
  const { value } = useAsked<Staff>("people");
  const options = (value?.people ?? []).map(({ id, name }) => [id, name] as const);
  return (
    <Form {...asked} act="accept" body={() => ({ person: person.value })}>
      <Select label={t("incident.to_whom")} options={options} chosen={person} name="person" none={t("incident.only_accept")} />
    </Form>
  );
}

function Whistle(asked: Asked) {
  const [department, what] = [useSignal(""), useSignal("")];
  const { value } = useAsked<Staff>("people");
  const options = (value?.departments ?? []).map(
    ({ id, name, answer_minutes: minutes }) => [id, t("incident.department", { name, minutes })] as const,
  );
  return (
    <Form
      {...asked}
      act="whistle"
      body={() => ({ department: department.value, what: what.value.trim() })}
    >
      <p class="dialog-note">{t("incident.whistle_note")}</p>
      <Select label={t("incident.whom")} options={options} chosen={department} name="department" none={t("incident_report.choose")} required />
      <Reason reason={what} offered={[t("whistle.come"), t("whistle.advise")]} label={t("incident.whistle_what")} name="what" />
    </Form>
  );
}

function Department(asked: Asked) {
  const waiting = asked.incident.departments.filter((one) => one.arrived === null);
  const department = useSignal(waiting[0]?.id ?? "");
  const arrived = useSignal(false);
  const note = useSignal("");
  return (
    <Form
      {...asked}
      act="department"
      body={() => ({ department: department.value, arrived: arrived.value, note: note.value.trim() })}
    >
      <Select label={t("incident.whom")} options={waiting.map(({ id, name }) => [id, name] as const)} chosen={department} name="department" />
      <Chips<boolean>
        label={t("incident.do.department")}
        options={[
          [false, t("incident.step.department_answered")],
          [true, t("incident.step.department_arrived")],
        ]}
        chosen={arrived}
      />
      <Field label={t("incident.note")} value={note} name="note" maxLength={500} />
    </Form>
  );
}

function Return(asked: Asked) {
  const reason = useSignal("");
  return (
    <Form {...asked} act="return" body={() => ({ reason: reason.value.trim() })}>
      <Reason reason={reason} offered={[t("return.elsewhere"), t("return.not_mine")]} />
    </Form>
  );
}

function False(asked: Asked) {
  const cause = useSignal<Cause | null>(null);
  const note = useSignal("");
  return (
    <Form {...asked} act="false" body={() => ({ cause: cause.value, note: note.value.trim() })}>
      <Chips<Cause | null>
        label={t("verify.cause")}
        options={CAUSES.map((one) => [one, t(`incident.cause.${one}`)] as const)}
        chosen={cause}
        name="cause"
      />
      <Field label={t("incident.note")} value={note} name="note" maxLength={500} />
    </Form>
  );
}

function Merge(asked: Asked) {
  const into = useSignal("");
  const { value } = useAsked<Incidents>("incidents");
  const options = (value?.incidents ?? [])
    .filter((one) => one.number !== asked.incident.number)
    .map((one) => [`${one.number}`, `${one.number} ${place(one)} ${one.category.name}`] as const);
  return (
    <Form {...asked} act="merge" body={() => ({ into: Number(into.value) })}>
      <Select label={t("incident.into")} options={options} chosen={into} name="into" none={t("incident_report.choose")} required />
    </Form>
  );
}

const HOURS = [1, 4, 24, 72] as const;

function Extend(asked: Asked) {
  const hours = useSignal<number>(4);
  const reason = useSignal("");
  return (
    <Form
      {...asked}
      act="extend"
      body={() => ({ hours: hours.value, reason: reason.value.trim() })}
    >
      <Chips<number> label={t("incident.hours")} options={HOURS.map((n) => [n, t("span.hours", { n })] as const)} chosen={hours} name="hours" />
      <Reason reason={reason} offered={[t("extend.parts"), t("extend.access")]} />
    </Form>
  );
}
