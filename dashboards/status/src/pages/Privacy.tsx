// 个人信息: what is kept of one person, given out or erased; both are rows of the audit.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Erasure, KnownPerson } from "../audit_shapes.ts";
import { EraseDialog, ExportDialog } from "../parts/PersonDialogs.tsx";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { CalmMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { useSending } from "../sending.ts";
import { dayAndTime } from "../show/utc.ts";
import { mayAdminister } from "../store/session.ts";
import { t } from "../texts.ts";

type Open = { what: "export" | "erase"; person: KnownPerson };

export function Privacy() {
  const [name, household] = [useSignal(""), useSignal("")];
  const found = useSignal<readonly KnownPerson[] | null>(null);
  const open = useSignal<Open | null>(null);
  const erased = useSignal(0);
  const sending = useSending();
  const find = () =>
    void sending.run(async () => {
      // Posted: a name stands in no address and in no log of one.
      const asked = { name: name.value.trim(), household: household.value.trim() };
      found.value = (await post<{ people: KnownPerson[] }>("privacy/find", asked)).people;
    });
  const leave = (done: boolean) => {
    if (done && open.value?.what === "erase") {
      erased.value++;
      found.value = null;
    }
    open.value = null;
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.privacy")}</h1>
      <p class="lead">{t("privacy.what")}</p>
      <Form class="form panel" trouble={sending.trouble} submit={find}>
        <Field label={t("privacy.name")} name="name" value={name} />
        <Field label={t("privacy.household")} name="household" value={household} note={t("permit.household_note")} />
        <Trouble problem={sending.trouble} />
        <button type="submit" class="answer" aria-disabled={sending.busy}>
          {t("privacy.find")}
        </button>
      </Form>
      {erased.value > 0 && found.value === null && (
        <p class="outcome done" role="status">
          <CalmMark />
          {t("privacy.erased")}
        </p>
      )}
      {found.value?.length === 0 && <p class="empty">{t("privacy.nobody")}</p>}
      <ul class="person-rows">
        {found.value?.map((person) => (
          <li key={person.person} class="person" data-person={person.person}>
            <b>{person.name}</b>
            <span>{t("privacy.kept", { household: person.household, permits: person.permits, passages: person.passages })}</span>
            <div class="person-acts">
              <button type="button" class="tool edged" onClick={() => (open.value = { what: "export", person })}>
                {t("privacy.export")}
              </button>
              {mayAdminister() && (
                <button type="button" class="tool edged urgent-tool" onClick={() => (open.value = { what: "erase", person })}>
                  {t("privacy.erase")}
                </button>
              )}
            </div>
          </li>
        ))}
      </ul>
      <Erasures key={erased.value} />
      {open.value?.what === "export" && <ExportDialog person={open.value.person} leave={leave} />}
      {open.value?.what === "erase" && <EraseDialog person={open.value.person} leave={leave} />}
    </main>
  );
}

/** Whom the house was told to forget: by a mark, for nobody keeps the name. */
function Erasures() {
  const { value, trouble } = useAsked<{ erasures: Erasure[] }>("privacy/erasures");
  return (
    <section aria-labelledby="erasures-title">
      <h2 id="erasures-title">{t("privacy.erasures")}</h2>
      <Trouble problem={trouble} />
      {value?.erasures.length === 0 && <p class="empty">{t("privacy.erasures_none")}</p>}
      <ol class="audit-rows">
        {value?.erasures.map((one) => (
          <li key={one.person} class="audit-row">
            <p class="audit-when">{dayAndTime(one.utc)}</p>
            <p>
              <code>{one.person.slice(0, 16)}</code>
            </p>
            {one.reason !== "" && <p class="audit-why">{t("audit.why", { reason: one.reason })}</p>}
            <p class={one.complete ? "audit-why" : "odd"}>
              {t(one.complete ? "privacy.complete" : "privacy.incomplete", { by: one.by_name })}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
