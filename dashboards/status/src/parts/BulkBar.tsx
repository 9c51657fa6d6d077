// What is done with several chosen alarms at once. A P1 is never among them.

import { useSignal } from "@preact/signals";
import type { Alarm } from "../shapes.ts";
import { sparable } from "../show/alarm.ts";
import { isUnanswered, request } from "../store/alarms.ts";
import { whoAnswers } from "../store/session.ts";
import { t } from "../texts.ts";
import type { Picking } from "./picking.ts";

interface Shown {
  picking: Picking;
  rows: readonly Alarm[];
  shelve: (alarms: readonly Alarm[]) => void;
}

export function BulkBar({ picking, rows, shelve }: Shown) {
  const busy = useSignal(false);
  if (!picking.on.value) return null;
  // What is over, or left out by now, is not meant any more.
  const chosen = rows.filter((alarm) => picking.chosen.value.has(alarm.number));
  const waiting = chosen.filter(isUnanswered);
  const sparing = chosen.filter((alarm) => sparable(alarm) !== null && alarm.suppression === "none");
  const answer = async () => {
    busy.value = true;
    for (const alarm of waiting) await request(alarm, "ack", whoAnswers());
    busy.value = false;
    picking.chosen.value = new Set();
  };
  return (
    <div class="bulk" role="group" aria-label={t("alarms.several")}>
      <span role="status">{chosen.length === 0 ? t("bulk.hint") : t("bulk.chosen", { n: chosen.length })}</span>
      {waiting.length > 0 && (
        <button type="button" class="answer" aria-disabled={busy.value} onClick={() => !busy.value && void answer()}>
          {busy.value ? t("alarm.sending") : t("bulk.ack", { n: waiting.length })}
        </button>
      )}
      {sparing.length > 0 && (
        <button type="button" class="answer quiet" onClick={() => shelve(sparing)}>
          {t("bulk.shelve", { n: sparing.length })}
        </button>
      )}
      <button
        type="button"
        class="tool"
        onClick={() => {
          picking.chosen.value = new Set();
          picking.on.value = false;
        }}
      >
        {t("bulk.done")}
      </button>
    </div>
  );
}
