// 暂停提醒: for how long people are spared an alarm, and why. It is watched on.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { Alarm } from "../shapes.ts";
import { what, where } from "../show/alarm.ts";
import { span } from "../show/answering.ts";
import { change } from "../store/alarms.ts";
import { t } from "../texts.ts";
import { Chips } from "./Chips.tsx";
import { FormDialog } from "./FormDialog.tsx";
import { Reason } from "./Reason.tsx";

const SPANS = [15, 30, 60, 240, 480, 1440] as const;
const USUAL = 30;

export function ShelveDialog({ alarm, most, leave }: { alarm: Alarm; most: number; leave: (done: boolean) => void }) {
  const minutes = useSignal<number>(USUAL);
  const reason = useSignal("");
  const send = async () => {
    const body = { minutes: minutes.value, reason: reason.value.trim() };
    change(await post<Alarm>(`alarms/${alarm.number}/shelve`, body));
  };
  return (
    <FormDialog
      title={t("shelve.ask", { place: where(alarm), what: what(alarm) })}
      act={t("shelve.do")}
      send={send}
      leave={leave}
    >
      <p class="dialog-note">{t("shelve.note", { most: span(most) })}</p>
      <Chips<number>
        label={t("shelve.length")}
        options={SPANS.filter((one) => one <= most).map((one) => [one, span(one)] as const)}
        chosen={minutes}
        name="minutes"
      />
      <Reason reason={reason} offered={[t("reason.repair"), t("shelve.known"), t("shelve.ordered")]} />
    </FormDialog>
  );
}
