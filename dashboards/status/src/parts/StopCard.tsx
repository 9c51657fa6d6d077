// A stop that stands: how far it is, who ordered it and why, and lifting it.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { Stop } from "../charging_shapes.ts";
import { reason } from "../show/value.ts";
import { mayAnswer } from "../store/session.ts";
import * as stops from "../store/stops.ts";
import { t } from "../texts.ts";
import { Moment } from "./Moment.tsx";
import { StopOutcome } from "./StopOutcome.tsx";
import { WordDialog } from "./WordDialog.tsx";

export function StopCard({ stop, lifted }: { stop: Stop; lifted?: () => void }) {
  const lifting = useSignal(false);
  return (
    <li class={`stop-card ${stop.phase}`} data-stop={stop.id}>
      <p class="stop-head">
        <b>{stop.name}</b>
        <span>{who(stop)}</span>
        <Moment at={stop.began} />
      </p>
      <StopOutcome stop={stop} />
      {mayAnswer() && (
        <button type="button" class="answer quiet" onClick={() => (lifting.value = true)}>
          {t("stops.lift")}
        </button>
      )}
      {lifting.value && (
        <WordDialog
          title={t("stops.lift_ask", { place: stop.name })}
          label={t("stops.seen")}
          offered={[t("stops.seen_safe"), t("stops.seen_false"), t("stops.seen_done")]}
          act={t("stops.lift")}
          send={(note) => post<void>(`charging/stops/${encodeURIComponent(stop.id)}/lift`, { note })}
          leave={(done) => {
            lifting.value = false;
            void stops.ask();
            if (done) lifted?.();
          }}
        >
          <p class="dialog-note">{t("stops.lift_note")}</p>
        </WordDialog>
      )}
    </li>
  );
}

function who({ by, reason: why }: Stop): string {
  if (by === "rule") return t("stops.by_rule", { why: reason(why) });
  return by === "" ? why : t("task.asked", { by, reason: why });
}
