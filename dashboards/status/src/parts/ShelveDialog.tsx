// 暂停提醒: for how long people are spared an alarm, and why. It is watched on.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { Alarm } from "../shapes.ts";
import { what, where } from "../show/alarm.ts";
import { span } from "../show/limit.ts";
import { change } from "../store/alarms.ts";
import { t } from "../texts.ts";
import { Chips } from "./Chips.tsx";
import { FormDialog } from "./FormDialog.tsx";
import { Reason } from "./Reason.tsx";

const SPANS = [15, 30, 60, 240, 480, 1440] as const;
const USUAL = 30;

/** For one alarm, or several of one list. `most` is how many minutes they may be spared. */
export function ShelveDialog({ alarms, most, leave }: { alarms: readonly Alarm[]; most: number; leave: (done: boolean) => void }) {
  const minutes = useSignal<number>(Math.min(USUAL, most));
  const reason = useSignal("");
  const send = async () => {
    const body = { minutes: minutes.value, reason: reason.value.trim() };
    for (const alarm of alarms) change(await post<Alarm>(`alarms/${alarm.number}/shelve`, body));
  };
  const [only] = alarms.length === 1 ? alarms : [];
  return (
    <FormDialog
      title={only === undefined ? t("shelve.ask_many", { n: alarms.length }) : t("shelve.ask", { place: where(only), what: what(only) })}
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
