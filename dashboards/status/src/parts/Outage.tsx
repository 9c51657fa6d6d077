// 停用 of one detector: one person asks, another confirms, and it ends by itself. Nobody watches over those who live there.

import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { post, remove } from "../ask.ts";
import type { DetectorOutage } from "../answering_shapes.ts";
import { useAsked } from "../asked.ts";
import { useSending } from "../sending.ts";
import { countdown, span } from "../show/limit.ts";
import { unit } from "../show/detector.ts";
import * as clock from "../store/clock.ts";
import { mayAnswer, session } from "../store/session.ts";
import { t } from "../texts.ts";
import { Chips } from "./Chips.tsx";
import { Field } from "./Field.tsx";
import { marks, useWrong, WrongNote } from "./Form.tsx";
import { FormDialog } from "./FormDialog.tsx";
import { PriorityMark } from "./PriorityMark.tsx";
import { Reason } from "./Reason.tsx";
import { Trouble } from "./Trouble.tsx";

const EVERY_MS = 5_000;

export function Outage({ id }: { id: string }) {
  const path = `detectors/${encodeURIComponent(id)}/outage`;
  const { value, again } = useAsked<DetectorOutage>(path, EVERY_MS);
  const asking = useSignal(false);
  const sending = useSending();
  if (value === null) return null;
  const { outage, pending } = value;
  const act = async (ask: () => Promise<void>) => {
    if (await sending.run(ask)) again();
  };
  return (
    <section class="outage" aria-label={t("outage.title")}>
      {outage !== null && (
        <p class="outage-now" role="timer">
          <PriorityMark priority={3} />
          <b>{t("outage.now", { left: leftOf(outage.until) })}</b>
          <span>{t("outage.by", { by: outage.by, reason: outage.reason, order: outage.work_order })}</span>
        </p>
      )}
      {pending !== null && (
        <p class="outage-now">
          <PriorityMark priority={4} />
          <b>{t("outage.pending", { by: pending.by })}</b>
          <span>
            {t("outage.asked", {
              reason: pending.reason,
              order: pending.work_order,
              hours: pending.hours,
              left: leftOf(pending.until),
            })}
          </span>
          {isMine(pending.by) && <span>{t("outage.another")}</span>}
        </p>
      )}
      {mayAnswer() && (
        <div class="orders">
          {outage === null && pending === null && (
            <button type="button" class="answer quiet" onClick={() => (asking.value = true)}>
              {t("outage.ask_for")}
            </button>
          )}
          {pending !== null && !isMine(pending.by) && (
            <button
              type="button"
              class="answer"
              aria-disabled={sending.busy}
              onClick={() => void act(() => post<void>(`${path}/confirm`, {}))}
            >
              {t("outage.confirm")}
            </button>
          )}
          {(outage !== null || pending !== null) && (
            <button type="button" class="answer quiet" aria-disabled={sending.busy} onClick={() => void act(() => remove(path))}>
              {t(outage !== null ? "outage.end" : "outage.take_back")}
            </button>
          )}
        </div>
      )}
      <Trouble problem={sending.trouble} />
      {asking.value && (
        <OutageDialog
          detector={value}
          path={path}
          leave={(done) => {
            asking.value = false;
            if (done) again();
          }}
        />
      )}
    </section>
  );
}

function leftOf(end: string): string {
  return countdown(Math.max(0, Date.parse(end) - clock.now.value));
}

/** Names stand for persons here; the gateway looks at who they are. */
function isMine(by: string): boolean {
  return session.value.state === "in" && session.value.me.name === by;
}

const HOURS = [1, 4, 12, 24] as const;

function OutageDialog({ detector, path, leave }: { detector: DetectorOutage; path: string; leave: (done: boolean) => void }) {
  const [reason, order] = [useSignal(""), useSignal("")];
  const hours = useSignal<number>(4);
  const told = useSignal(false);
  const home = detector.flat !== "";
  return (
    <FormDialog
      title={t("outage.ask", { place: `${unit(detector)} ${detector.name}` })}
      act={t("outage.ask_for")}
      send={() =>
        post<void>(path, {
          reason: reason.value.trim(),
          work_order: order.value.trim(),
          hours: hours.value,
          household_told: told.value,
        })
      }
      leave={leave}
    >
      <p class="dialog-note">{t("outage.note")}</p>
      <Chips<number> label={t("outage.hours")} options={HOURS.map((n) => [n, span(n * 60)] as const)} chosen={hours} name="hours" />
      <Reason reason={reason} offered={[t("reason.repair"), t("mount.broken"), t("outage.works")]} />
      <Field label={t("outage.order")} value={order} name="work_order" required />
      {home && <Told told={told} />}
    </FormDialog>
  );
}

function Told({ told }: { told: Signal<boolean> }) {
  const id = useId();
  const wrong = useWrong("household_told");
  return (
    <div>
      <label class="tick">
        <input
          type="checkbox"
          name="household_told"
          required
          checked={told.value}
          {...marks(id, wrong)}
          onChange={(event) => (told.value = event.currentTarget.checked)}
        />
        <span>{t("outage.told")}</span>
      </label>
      <WrongNote id={id} said={wrong} />
    </div>
  );
}
