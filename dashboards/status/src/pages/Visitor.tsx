// 访客码: a code for a visitor, told once.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { Permit } from "../door_shapes.ts";
import { Copy } from "../parts/Copy.tsx";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { Openings } from "../parts/Openings.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { until } from "../show/permit.ts";
import { localField, sent } from "../show/zone.ts";
import { t } from "../texts.ts";

const HOUR_MS = 3_600_000;
const SPANS = [2, 24, 72] as const;

export function Visitor() {
  const given = useSignal<{ permit: Permit; code: string } | null>(null);
  const [name, household, reason, schedule] = [useSignal(""), useSignal(""), useSignal(""), useSignal("")];
  const groups = useSignal<readonly string[]>([]);
  const end = useSignal(localField(Date.now() + 24 * HOUR_MS));
  const sending = useSending();

  const submit = () => {
    void sending.run(async () => {
      given.value = await post("permits/visitor", {
        household: household.value.trim(),
        name: name.value.trim(),
        groups: groups.value,
        schedule: schedule.value,
        valid_until: sent(end.value),
        reason: reason.value.trim() || t("permit.visitor"),
      });
    });
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "permits" })}>{t("nav.permits")}</a>
      </p>
      <h1>{t("nav.visitor")}</h1>
      {given.value !== null ? (
        <Code
          {...given.value}
          another={() => {
            given.value = null;
            name.value = "";
          }}
        />
      ) : (
        <Form class="form" trouble={sending.trouble} submit={submit}>
          <Field label={t("permit.name")} value={name} name="name" required />
          <Field label={t("permit.household")} value={household} name="household" note={t("permit.household_note")} required />
          <Openings groups={groups} schedule={schedule} household={household} />
          <Field label={t("permit.ends")} value={end} name="valid_until" type="datetime-local" required />
          <div class="chips">
            {SPANS.map((hours) => (
              <button key={hours} type="button" class="chip" onClick={() => (end.value = localField(Date.now() + hours * HOUR_MS))}>
                {t("visitor.hours", { n: hours })}
              </button>
            ))}
          </div>
          <Field label={t("reason.ask")} value={reason} name="reason" maxLength={500} />
          <Trouble problem={sending.trouble} />
          <button type="submit" class="answer" aria-disabled={sending.busy}>
            {sending.busy ? t("alarm.sending") : t("visitor.make")}
          </button>
        </Form>
      )}
    </main>
  );
}

function Code({ permit, code, another }: { permit: Permit; code: string; another: () => void }) {
  return (
    <section class="code-card" aria-live="polite">
      <p>{t("visitor.for", { name: permit.name, until: until(permit.valid_until ?? "") })}</p>
      <p class="code" data-code>
        {code}
      </p>
      <p class="trouble">{t("visitor.once")}</p>
      <div class="dialog-buttons">
        <Copy text={code} />
        <button type="button" class="answer quiet" onClick={another}>
          {t("visitor.another")}
        </button>
      </div>
    </section>
  );
}
