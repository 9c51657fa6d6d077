// A word with an answer: what was seen there before a reset, or whatever whoever goes wants to be known.

import type { Alarm } from "../shapes.ts";
import { isDanger, what, where } from "../show/alarm.ts";
import { type Act, request } from "../store/alarms.ts";
import { whoAnswers } from "../store/session.ts";
import { t } from "../texts.ts";
import { WordDialog } from "./WordDialog.tsx";

export function NoteDialog({ alarm, act, leave }: { alarm: Alarm; act: Act; leave: () => void }) {
  const named = { place: where(alarm), what: what(alarm) };
  return (
    <WordDialog
      title={act === "ack" ? t("alarm.ack_of", named) : t("alarm.reset_of", named)}
      label={t(act === "ack" ? "word.on_the_way" : "word.seen")}
      offered={act === "ack" ? [t("word.minutes"), t("word.called")] : seen(alarm)}
      act={t(act === "ack" ? "alarm.ack" : "alarm.reset")}
      send={(word) => request(alarm, act, whoAnswers(), word)}
      leave={leave}
    />
  );
}

function seen(alarm: Alarm): string[] {
  return isDanger(alarm) ? [t("word.no_danger"), t("word.danger_over")] : [t("word.looked"), t("word.mended")];
}
