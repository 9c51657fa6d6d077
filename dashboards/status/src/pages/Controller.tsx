// One controller: its checklist, ticked by what the doors show; signing it; and accepting that it was replaced.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Commissioning } from "../door_shapes.ts";
import type { Device } from "../shapes.ts";
import { AcceptanceRecord } from "../parts/AcceptanceRecord.tsx";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Replacement } from "../parts/Replacement.tsx";
import { TableState } from "../parts/TableState.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { controller } from "../show/door.ts";
import { moment } from "../show/time.ts";
import * as doors from "../store/doors.ts";
import { mayInstall } from "../store/session.ts";
import { lookup, t } from "../texts.ts";

const EVERY_MS = 2_000;

export function Controller({ id }: { id: string }) {
  const path = `commissioning/${encodeURIComponent(id)}`;
  const record = useAsked<Commissioning>(path, EVERY_MS);
  const device = useAsked<Device>(`devices/${encodeURIComponent(id)}`, EVERY_MS);
  useEffect(() => doors.watch(EVERY_MS), []);
  const known = record.value;
  return (
    <main id="content" class="narrow paper" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "commissioning" })}>{t("nav.commissioning")}</a>
      </p>
      <h1>{known === null ? id : controller(known)}</h1>
      <Trouble problem={record.trouble} />
      {known === null && record.trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {known !== null && (
        <>
          <Standing id={id} />
          <Checklist record={known} path={path} again={record.again} />
          <Replacement
            record={known}
            device={device.value}
            done={() => {
              record.again();
              void doors.ask();
            }}
          />
          <AcceptanceRecord record={known} />
        </>
      )}
    </main>
  );
}

/** 已启用 is said only when the gateway says so: after the table was written and read back. */
function Standing({ id }: { id: string }) {
  const door = doors.all().find((one) => one.device === id);
  if (door === undefined) return null;
  const calm = door.standing === "in_service";
  return (
    <div class="standing-now" role="status">
      {calm ? <CalmMark /> : <PriorityMark priority={door.standing === "replacing" ? 3 : 4} />}
      <div>
        <p>
          <b>{t(`standing.${door.standing}`)}</b>
        </p>
        <TableState table={door.table} />
      </div>
    </div>
  );
}

function Checklist({ record, path, again }: { record: Commissioning; path: string; again: () => void }) {
  const note = useSignal("");
  const sending = useSending();
  const open = record.checks.filter((check) => check.at === null).length;
  const ask = async (at: string, body: unknown) => {
    if (await sending.run(() => post<void>(at, body))) again();
  };
  return (
    <section aria-labelledby="checks-title">
      <h2 id="checks-title">{t("checks.title")}</h2>
      {record.begun === null && <p class="empty">{t("checks.not_begun")}</p>}
      {Object.entries(record.doors).map(([part, name]) => {
        const checks = record.checks.filter((check) => check.part === part);
        return (
          checks.length > 0 && (
            <div key={part} class="checks">
              <h3>{name}</h3>
              <ul>
                {checks.map((check) => (
                  <li key={check.name} class={check.at === null ? "open" : "seen"} data-check={`${part}/${check.name}`}>
                    {check.at === null ? <span class="box" aria-hidden="true" /> : <CalmMark />}
                    <span>{lookup(`check.${check.name}`, check.name)}</span>
                    <span class="check-time">{check.at === null ? t("checks.open") : moment(Date.parse(check.at))}</span>
                  </li>
                ))}
              </ul>
            </div>
          )
        );
      })}
      {record.signed !== null && (
        <p class="outcome done">
          <CalmMark />
          <span>
            {t("checks.signed", { by: record.signed_by, time: moment(Date.parse(record.signed)) })}
            {record.note !== "" && <small>{record.note}</small>}
          </span>
        </p>
      )}
      <Trouble problem={sending.trouble} />
      {mayInstall() && record.begun !== null && record.signed === null && (
        <Form class="form" trouble={sending.trouble} submit={() => void ask(`${path}/sign`, { note: note.value.trim() })}>
          {open > 0 && <Field label={t("checks.note", { n: open })} value={note} name="note" maxLength={500} />}
          <button type="submit" class="answer" aria-disabled={sending.busy}>
            {t("checks.sign")}
          </button>
        </Form>
      )}
      <p class="orders">
        {mayInstall() && (
          <button type="button" class="answer quiet" aria-disabled={sending.busy} onClick={() => void ask(path, {})}>
            {t(record.begun === null ? "checks.begin" : "checks.begin_again")}
          </button>
        )}
        {record.begun !== null && (
          <button type="button" class="answer quiet" onClick={() => print()}>
            {t("record.print")}
          </button>
        )}
      </p>
    </section>
  );
}
