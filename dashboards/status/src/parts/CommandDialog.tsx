// Asking a door to do something: which door, why, and then only what the door itself confirmed.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { post } from "../ask.ts";
import type { Door, Ended, Work } from "../door_shapes.ts";
import { isWhole, place, whole } from "../show/door.ts";
import { makeWish } from "../store/wish.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Form } from "./Form.tsx";
import { Outcome, Refused, Sent } from "./Outcome.tsx";
import { Reason } from "./Reason.tsx";

export type Order = "unlock" | "hold_on" | "hold_off" | "lockdown_on" | "lockdown_off" | "fire_reset" | "relay_test";

/** What each order asks the gateway for. */
export const ORDERS: Record<Order, { work: Work; arguments: Record<string, boolean> }> = {
  unlock: { work: "unlock", arguments: {} },
  hold_on: { work: "hold_free", arguments: { on: true } },
  hold_off: { work: "hold_free", arguments: { on: false } },
  lockdown_on: { work: "lockdown", arguments: { on: true } },
  lockdown_off: { work: "lockdown", arguments: { on: false } },
  fire_reset: { work: "fire_reset", arguments: {} },
  relay_test: { work: "relay_test", arguments: {} },
};

export function CommandDialog({ door, order, leave }: { door: Door; order: Order; leave: (done: boolean) => void }) {
  const wish = useMemo(() => makeWish<Ended>(), []);
  const why = useSignal("");
  const step = wish.step.value;
  const { work, arguments: given } = ORDERS[order];
  const name = door.commands[work] ?? "";
  const target = isWhole(work) ? place(door) : whole(door);

  const submit = () => {
    const reason = why.value.trim();
    const path = `devices/${encodeURIComponent(door.device)}/commands/${encodeURIComponent(name)}`;
    void wish.send((request) => post<Ended>(path, { arguments: given, reason, request }));
  };
  const asking = step.at === "asking" || step.at === "refused";
  return (
    <Dialog title={t(`command.${order}.ask`, { door: target })} leave={() => leave(step.at === "answered")}>
      <Form trouble={step.at === "refused" ? step.problem : null} submit={submit}>
        {asking && (
          <>
            <p class="dialog-note">{t(`command.${order}.note`)}</p>
            <Reason
              reason={why}
              offered={[t("reason.visitor"), t("reason.parcel"), t("reason.help"), t("reason.repair")]}
            />
          </>
        )}
        <div role="status" class="outcome-room">
          {step.at === "sent" && <Sent said={t("command.sent")} />}
          {step.at === "answered" && (
            <Outcome ended={step.answer} done={t(`command.${order}.done`)} unknown={t("command.unknown")} />
          )}
          {step.at === "refused" && <Refused problem={step.problem} unknown={t("command.unknown")} />}
        </div>
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={() => leave(step.at === "answered")}>
            {t(asking ? "dialog.cancel" : "dialog.leave")}
          </button>
          {asking && (
            <button type="submit" class="answer">
              {t(`command.${order}`)}
            </button>
          )}
        </div>
      </Form>
    </Dialog>
  );
}
