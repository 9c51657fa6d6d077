// 远程开柜: which compartment, why, and then only what its lock confirmed.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { post } from "../ask.ts";
import type { Ended } from "../door_shapes.ts";
import { compartmentName } from "../show/locker.ts";
import { makeWish } from "../store/wish.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Form } from "./Form.tsx";
import { Outcome, Refused, Sent } from "./Outcome.tsx";
import { Reason } from "./Reason.tsx";

interface Asked {
  path: string;
  name: string;
  part: string;
  leave: () => void;
}

export function OpenDialog({ path, name, part, leave }: Asked) {
  const wish = useMemo(() => makeWish<Ended>(), []);
  const why = useSignal("");
  const step = wish.step.value;
  const asking = step.at === "asking" || step.at === "refused";

  const submit = () => {
    const reason = why.value.trim();
    const to = `${path}/compartments/${encodeURIComponent(part)}/open`;
    void wish.send((request) => post<Ended>(to, { reason, request }));
  };
  return (
    <Dialog title={t("compartment.ask.open", { place: `${name} ${compartmentName(part)}` })} leave={leave}>
      <Form trouble={step.at === "refused" ? step.problem : null} submit={submit}>
        {asking && (
          <>
            <p class="dialog-note">{t("compartment.note.open")}</p>
            <Reason reason={why} offered={[t("locker.why.code"), t("locker.why.overdue"), t("reason.help"), t("reason.repair")]} />
          </>
        )}
        <div role="status" class="outcome-room">
          {step.at === "sent" && <Sent said={t("compartment.sent")} />}
          {step.at === "answered" && (
            <Outcome ended={step.answer} done={t("compartment.opened")} unknown={t("compartment.silent")} />
          )}
          {step.at === "refused" && <Refused problem={step.problem} unknown={t("compartment.silent")} />}
        </div>
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={leave}>
            {t(asking ? "dialog.cancel" : "dialog.leave")}
          </button>
          {asking && (
            <button type="submit" class="answer">
              {t("compartment.do_open")}
            </button>
          )}
        </div>
      </Form>
    </Dialog>
  );
}
