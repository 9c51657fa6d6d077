// 模拟器: what the simulated compound can let happen, and what can be made to go wrong with its controllers. For developers.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Stage } from "../history_shapes.ts";
import { Form } from "../parts/Form.tsx";
import { CalmMark } from "../parts/PriorityMark.tsx";
import { Select } from "../parts/Select.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { useSending } from "../sending.ts";
import { lookup, t } from "../texts.ts";

const EVERY_MS = 5_000;

/** A story goes to what there is of its sort: where it went is known when it has begun. */
interface Started {
  name: string;
  target: string | null;
}

export function Simulator() {
  const { value, trouble, again } = useAsked<Stage>("simulator", EVERY_MS);
  const started = useSignal<Started | null>(null);
  const sending = useSending();
  const start = async (name: string) => {
    await sending.run(async () => {
      started.value = await post<Started>(`simulator/stories/${encodeURIComponent(name)}`, {});
    });
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.simulator")}</h1>
      <p class="lead">{t("simulator.lead")}</p>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && (
        <section aria-labelledby="stage-title">
          <h2 id="stage-title">{t("simulator.stories")}</h2>
          <Trouble problem={sending.trouble} />
          <ul class="editable">
            {value.stories.map(({ name, about }) => (
              <li key={name}>
                <button type="button" data-story={name} aria-disabled={sending.busy} onClick={() => void start(name)}>
                  <b>{lookup(`story.${name}`, name)}</b>
                  <span>{lookup(`simulator.about.${name}`, about)}</span>
                </button>
                <div role="status">
                  {started.value?.name === name && (
                    <p class="outcome done">
                      <CalmMark />
                      {t("overview.story_started")} {started.value.target !== null && t("simulator.at", { target: started.value.target })}
                    </p>
                  )}
                </div>
              </li>
            ))}
          </ul>
        </section>
      )}
      {value !== null && value.controllers.length > 0 && <Faults stage={value} again={again} />}
    </main>
  );
}

function Faults({ stage, again }: { stage: Stage; again: () => void }) {
  const [controller, fault] = [useSignal(""), useSignal("")];
  const sending = useSending();
  const broken = stage.controllers.filter((one) => one.fault !== null);
  const send = async (where: string, what: string | null) => {
    if (await sending.run(() => post<void>("simulator/faults", { controller: where, fault: what }))) again();
  };
  return (
    <section aria-labelledby="faults-title">
      <h2 id="faults-title">{t("simulator.faults")}</h2>
      <ul class="broken">
        {broken.map((one) => (
          <li key={one.controller}>
            <span>
              {one.controller}: {faultName(one.fault ?? "")}
            </span>
            <button type="button" class="tool edged" aria-disabled={sending.busy} onClick={() => void send(one.controller, null)}>
              {t("simulator.mend")}
            </button>
          </li>
        ))}
      </ul>
      <Form class="form panel" trouble={sending.trouble} submit={() => void send(controller.value, fault.value)}>
        <Select
          label={t("simulator.controller")}
          options={stage.controllers.map((one) => [one.controller, one.controller] as const)}
          chosen={controller}
          name="controller"
          none={t("incident_report.choose")}
          required
        />
        <Select
          label={t("simulator.fault")}
          options={stage.faults.map((one) => [one, faultName(one)] as const)}
          chosen={fault}
          name="fault"
          none={t("incident_report.choose")}
          required
        />
        <Trouble problem={sending.trouble} />
        <button type="submit" class="answer quiet" aria-disabled={sending.busy}>
          {sending.busy ? t("alarm.sending") : t("simulator.break")}
        </button>
      </Form>
    </section>
  );
}

function faultName(fault: string): string {
  return lookup(`simulator.fault.${fault}`, fault);
}
