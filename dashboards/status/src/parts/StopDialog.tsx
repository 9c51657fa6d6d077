// 立即断电: which place, why, and then how far it is. It reads as stopped only when it was measured that no current flows.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Reach, Stop } from "../charging_shapes.ts";
import * as stops from "../store/stops.ts";
import { makeWish } from "../store/wish.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Refused, Sent } from "./Outcome.tsx";
import { Reason } from "./Reason.tsx";
import { StopOutcome } from "./StopOutcome.tsx";

const EVERY_MS = 1_000;

/** What is to be stopped; `name` is its place in words, `cabinet` where its switch is. */
export interface Target {
  reach: Reach;
  what: string;
  name: string;
  cabinet: string;
}

export function StopDialog({ target, leave }: { target: Target; leave: () => void }) {
  const wish = useMemo(() => makeWish<Stop>(), []);
  // Whoever sees smoke shall not have to write: one tap confirms.
  const reason = useSignal(t("stops.emergency"));
  const step = wish.step.value;
  const asking = step.at === "asking" || step.at === "refused";

  const submit = (event: Event) => {
    event.preventDefault();
    const { reach, what } = target;
    const why = reason.value.trim() || t("stops.emergency");
    void wish.send(() => post<Stop>("charging/stops", { reach, what, reason: why })).then(() => void stops.ask());
  };
  return (
    <Dialog title={t("stops.ask", { place: target.name })} leave={leave}>
      <form onSubmit={submit}>
        {asking && (
          <>
            <p class="dialog-note">{t(`stops.note.${target.reach}`)}</p>
            <Reason
              reason={reason}
              offered={[t("stops.emergency"), t("stops.smoke"), t("stops.hot"), t("reason.repair")]}
            />
          </>
        )}
        <div role="status" class="outcome-room">
          {step.at === "sent" && <Sent said={t("alarm.sending")} />}
          {step.at === "refused" && <Refused problem={step.problem} unknown={unknown(target)} />}
        </div>
        {step.at === "answered" && <Following stop={step.answer} />}
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={leave}>
            {t(asking ? "dialog.cancel" : "dialog.leave")}
          </button>
          {asking && (
            <button type="submit" class="answer stop">
              {t(step.at === "refused" ? "stops.again" : "stops.do")}
            </button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

/** Nobody knows whether the order arrived: then somebody goes there. */
function unknown({ cabinet, name }: Target): string {
  return t("stops.unknown", { where: `${name} ${cabinet}`.trim() });
}

function Following({ stop }: { stop: Stop }) {
  const { value, trouble } = useAsked<Stop>(`charging/stops/${encodeURIComponent(stop.id)}`, EVERY_MS);
  if (trouble?.status === 404) return <p class="outcome">{t("stops.lifted")}</p>;
  return <StopOutcome stop={value ?? stop} />;
}
