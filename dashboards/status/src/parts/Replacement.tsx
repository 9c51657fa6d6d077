// 更换控制器: the serial that is expected beside the one that answers, and accepting the new one with a reason.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { Commissioning } from "../door_shapes.ts";
import { useSending } from "../sending.ts";
import type { Device } from "../shapes.ts";
import { controller } from "../show/door.ts";
import { mayInstall } from "../store/session.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Field } from "./Field.tsx";
import { Form } from "./Form.tsx";
import { Reason } from "./Reason.tsx";
import { Trouble } from "./Trouble.tsx";

interface Replaced {
  record: Commissioning;
  device: Device | null;
  done: () => void;
}

export function Replacement({ record, device, done }: Replaced) {
  const asking = useSignal(false);
  const found = device === null ? "" : foundSerial(device, record);
  const differs = found !== "" && record.serial !== "" && found !== record.serial;
  return (
    <section aria-labelledby="serial-title">
      <h2 id="serial-title">{t("replace.title")}</h2>
      <dl class="facts">
        <div class="fact">
          <dt>{t("replace.expected")}</dt>
          <dd data-serial="expected">{record.serial || t("value.none")}</dd>
        </div>
        <div class="fact">
          <dt>{t("replace.found")}</dt>
          <dd data-serial="found">
            <span class={differs ? "odd" : ""}>{found || t("replace.not_found")}</span>
          </dd>
        </div>
      </dl>
      {differs && <p class="trouble">{t("replace.differs")}</p>}
      {mayInstall() && (
        <p class="orders">
          <button type="button" class={differs ? "answer" : "answer quiet"} onClick={() => (asking.value = true)}>
            {t("replace.begin")}
          </button>
        </p>
      )}
      {asking.value && (
        <Accept
          record={record}
          found={differs ? found : ""}
          leave={(accepted) => {
            asking.value = false;
            if (accepted) done();
          }}
        />
      )}
    </section>
  );
}

function Accept({ record, found, leave }: { record: Commissioning; found: string; leave: (accepted: boolean) => void }) {
  const serial = useSignal(found);
  const reason = useSignal("");
  const sending = useSending();
  const submit = async () => {
    const body = { serial: serial.value.trim(), reason: reason.value.trim() };
    const path = `devices/${encodeURIComponent(record.device)}/serial`;
    if (await sending.run(() => post<void>(path, body))) leave(true);
  };
  return (
    <Dialog title={t("replace.ask", { controller: controller(record) })} leave={() => leave(false)}>
      <Form trouble={sending.trouble} submit={() => void submit()}>
        <p class="dialog-note">{t("replace.note", { serial: record.serial || t("value.none") })}</p>
        <Field label={t("replace.serial")} value={serial} name="serial" required maxLength={40} />
        <Reason reason={reason} offered={[t("reason.broken"), t("reason.upgrade")]} />
        <Trouble problem={sending.trouble} />
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={() => leave(false)}>
            {t("dialog.cancel")}
          </button>
          <button type="submit" class="answer" aria-disabled={sending.busy}>
            {sending.busy ? t("alarm.sending") : t("replace.accept")}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

/** What answers there: a controller that is not the expected one says so in its link's reason, and gives no readings. */
function foundSerial(device: Device, record: Commissioning): string {
  const refused = device.link === "misconfigured" ? /(\S+) found/.exec(device.why)?.[1] : undefined;
  if (refused !== undefined) return refused === "none" ? "" : refused;
  const read = Object.values(device.points).find((point) => point.meaning === "serial")?.value;
  return read === undefined || read === null ? record.seen : String(read);
}
