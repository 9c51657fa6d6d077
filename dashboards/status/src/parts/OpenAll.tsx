// 全部开柜: one person asks, another confirms within two minutes.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { LockerDetail } from "../locker_shapes.ts";
import { useSending } from "../sending.ts";
import * as clock from "../store/clock.ts";
import { mayAnswer } from "../store/session.ts";
import { t } from "../texts.ts";
import { Trouble } from "./Trouble.tsx";
import { WordDialog } from "./WordDialog.tsx";

interface Shown {
  path: string;
  name: string;
  pending: LockerDetail["open_all"];
  changed: () => void;
}

export function OpenAll({ path, name, pending, changed }: Shown) {
  const asking = useSignal(false);
  return (
    <section class="open-all" aria-labelledby="open-all-title">
      <h2 id="open-all-title">{t("locker.open_all")}</h2>
      {pending !== null && <Pending path={path} pending={pending} changed={changed} />}
      {pending === null && mayAnswer() && (
        <button type="button" class="answer quiet" onClick={() => (asking.value = true)}>
          {t("locker.open_all_ask")}
        </button>
      )}
      <p class="lead">{t("locker.open_all_note")}</p>
      {asking.value && (
        <WordDialog
          title={t("locker.open_all_sure", { place: name })}
          offered={[t("locker.why.power"), t("reason.repair")]}
          act={t("locker.open_all_ask")}
          send={(reason) => post(`${path}/open-all`, { reason })}
          leave={() => {
            asking.value = false;
            changed();
          }}
        >
          <p class="dialog-note">{t("locker.open_all_note")}</p>
        </WordDialog>
      )}
    </section>
  );
}

interface Waiting extends Omit<Shown, "name" | "pending"> {
  pending: NonNullable<LockerDetail["open_all"]>;
}

function Pending({ path, pending: { by, reason, until, yours }, changed }: Waiting) {
  const sending = useSending();
  const left = Math.max(0, Math.ceil((Date.parse(until) - clock.now.value) / 1000));
  const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  const confirm = async () => {
    await sending.run(() => post<void>(`${path}/open-all/confirm`, {}));
    changed();
  };
  return (
    <div class="open-all-pending" role="status">
      <p>
        <b>{by === "" ? t("locker.open_all_waiting") : t("locker.open_all_by", { by, reason })}</b>
        <span>{t("locker.open_all_left", { time })}</span>
      </p>
      {yours && <p>{t("locker.open_all_yours")}</p>}
      {!yours && mayAnswer() && (
        <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void confirm()}>
          {sending.busy ? t("alarm.sending") : t("locker.open_all_confirm")}
        </button>
      )}
      <Trouble problem={sending.trouble} />
    </div>
  );
}
