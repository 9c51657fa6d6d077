// 上报事件: what somebody saw and no device did.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { IncidentDetail } from "../incident_shapes.ts";
import { Chips } from "../parts/Chips.tsx";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { Select } from "../parts/Select.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import type { Priority } from "../shapes.ts";
import { priorityWord } from "../show/answering.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";

/** The categories of the table that is shipped which people report (gateway/config/incidents.yaml). */
const CATEGORIES = ["environment", "repair", "order", "dispute", "fire", "gas", "charging", "intrusion", "other"] as const;
const PRIORITIES: readonly Priority[] = [1, 2, 3, 4];

export function IncidentReport() {
  const [building, unit, where, what] = [useSignal(""), useSignal(""), useSignal(""), useSignal("")];
  const category = useSignal<(typeof CATEGORIES)[number] | null>(null);
  const priority = useSignal<Priority>(3);
  const sending = useSending();
  const known = overview.buildings.value.map((id) => [id, overview.tile(id)?.value.name ?? id] as const);
  const submit = async () => {
    await sending.run(async () => {
      const body = {
        building: building.value,
        unit: unit.value.trim(),
        where: where.value.trim(),
        category: category.value,
        what: what.value.trim(),
        priority: priority.value,
      };
      const { number } = await post<IncidentDetail>("incidents", body);
      location.hash = href({ page: "incident", id: `${number}` });
    });
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "incidents", ended: false })}>{t("nav.incidents")}</a>
      </p>
      <h1>{t("nav.incident_report")}</h1>
      <Form class="form panel" trouble={sending.trouble} submit={() => void submit()}>
        <Chips<(typeof CATEGORIES)[number] | null>
          label={t("incident_report.category")}
          options={CATEGORIES.map((one) => [one, t(`category.${one}`)] as const)}
          chosen={category}
          name="category"
        />
        <Select label={t("incident_report.building")} options={known} chosen={building} name="building" none={t("incident_report.choose")} required />
        <div class="two-fields">
          <Field label={t("incident_report.unit")} value={unit} name="unit" maxLength={40} />
          <Field label={t("incident_report.where")} value={where} name="where" maxLength={200} />
        </div>
        <Field label={t("incident_report.what")} value={what} name="what" note={t("incident_report.what_note")} required maxLength={500} />
        <Chips<Priority>
          label={t("incident_report.priority")}
          options={PRIORITIES.map((one) => [one, priorityWord(one)] as const)}
          chosen={priority}
          name="priority"
        />
        <Trouble problem={sending.trouble} />
        <button type="submit" class="answer" aria-disabled={sending.busy}>
          {sending.busy ? t("alarm.sending") : t("incident_report.do")}
        </button>
      </Form>
    </main>
  );
}
