// The hour and the tongue: alarms, schedules and the audit stand on the clock.

import { useSignal } from "@preact/signals";
import { Chips } from "../parts/Chips.tsx";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Select } from "../parts/Select.tsx";
import { dayAndTime } from "../show/utc.ts";
import { language, t } from "../texts.ts";
import { StepForm, type Walk } from "./StepForm.tsx";

const ZONES = ["Asia/Shanghai", "Asia/Urumqi", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Singapore"];

export function ClockStep({ walk }: { walk: Walk }) {
  const { facts, entered } = walk.step;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = useSignal(typeof entered?.timezone === "string" ? entered.timezone : "Asia/Shanghai");
  const tongue = useSignal<string>(typeof entered?.language === "string" ? entered.language : language.peek());
  const zones = [...new Set([...ZONES, here, zone.value])];
  return (
    <StepForm
      walk={walk}
      question={t("setup.clock.ask")}
      note={t("setup.clock.note")}
      body={() => ({ timezone: zone.value, language: tongue.value })}
    >
      <p class={`outcome ${facts.trusted === true ? "done" : "unknown"}`}>
        {facts.trusted === true ? <CalmMark /> : <PriorityMark priority={3} />}
        <span>
          {t("setup.clock.says", { time: dayAndTime(Number(facts.utc)) })}
          <small>
            {t(facts.trusted === true ? "setup.clock.trusted" : "setup.clock.untrusted")} {String(facts.source ?? "")}
          </small>
        </span>
      </p>
      <Select
        label={t("setup.clock.zone")}
        name="timezone"
        options={zones.map((one) => [one, one] as const)}
        chosen={zone}
      />
      <Chips<string>
        label={t("setup.clock.language")}
        name="language"
        options={[["zh-CN", "中文"], ["en", "English"]]} // prettier-ignore
        chosen={tongue}
      />
    </StepForm>
  );
}
