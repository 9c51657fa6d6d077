// What a person says about the sensor at a detector: another one hangs here now, or none does.

import { useSignal } from "@preact/signals";
import { post, remove } from "../ask.ts";
import type { DetectorDetail } from "../detector_shapes.ts";
import { useSending } from "../sending.ts";
import { whole } from "../show/detector.ts";
import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";
import { Field } from "./Field.tsx";
import { Form } from "./Form.tsx";
import { Reason } from "./Reason.tsx";
import { Trouble } from "./Trouble.tsx";

interface Asked {
  detector: DetectorDetail;
  leave: (done: boolean) => void;
}

/** Hangs a sensor of the stock up, in the place of one that hangs there; the place keeps its history. */
export function MountDialog({ detector, leave }: Asked) {
  const [sensor, reason] = [useSignal(""), useSignal("")];
  const sending = useSending();
  const replacing = detector.sensor !== null;
  const submit = async () => {
    const body = { sensor: sensor.value.trim(), reason: reason.value.trim() };
    if (await sending.run(() => post<void>(path(detector), body))) leave(true);
  };
  return (
    <Dialog title={t(replacing ? "mount.replace_ask" : "mount.ask", { place: whole(detector) })} leave={() => leave(false)}>
      <Form trouble={sending.trouble} submit={() => void submit()}>
        {detector.sensor !== null && <p class="dialog-note">{t("mount.replace_note", { tail: detector.sensor.tail })}</p>}
        <Field label={t("mount.sensor")} value={sensor} name="sensor" note={t("mount.sensor_note")} required minLength={SHORTEST} maxLength={40} />
        {replacing && (
          <Reason reason={reason} offered={[t("mount.broken"), t("mount.expired"), t("mount.battery")]} />
        )}
        <Trouble problem={sending.trouble} />
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={() => leave(false)}>
            {t("dialog.cancel")}
          </button>
          <button type="submit" class="answer" aria-disabled={sending.busy}>
            {sending.busy ? t("alarm.sending") : t(replacing ? "mount.replace" : "mount.do")}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

/** Four digits of an address are the least that the gateway looks for. */
const SHORTEST = 4;

/** Takes the sensor down: back into the stock, or gone for good. */
export function TakeDownDialog({ detector, leave }: Asked) {
  const reason = useSignal("");
  const gone = useSignal(false);
  const sending = useSending();
  const submit = async () => {
    const body = { reason: reason.value.trim(), gone: gone.value };
    if (await sending.run(() => remove(path(detector), body))) leave(true);
  };
  return (
    <Dialog title={t("take_down.ask", { place: whole(detector) })} leave={() => leave(false)}>
      <Form trouble={sending.trouble} submit={() => void submit()}>
        <p class="dialog-note">{t("take_down.note")}</p>
        <div class="chips" role="group" aria-label={t("take_down.then")}>
          {[false, true].map((one) => (
            <button
              key={String(one)}
              type="button"
              class="chip"
              aria-pressed={gone.value === one}
              onClick={() => (gone.value = one)}
            >
              {t(one ? "take_down.gone" : "take_down.stock")}
            </button>
          ))}
        </div>
        <Reason reason={reason} offered={[t("mount.broken"), t("mount.expired"), t("take_down.works")]} />
        <Trouble problem={sending.trouble} />
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={() => leave(false)}>
            {t("dialog.cancel")}
          </button>
          <button type="submit" class="answer" aria-disabled={sending.busy}>
            {sending.busy ? t("alarm.sending") : t("take_down.do")}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}

function path(detector: DetectorDetail): string {
  return `detectors/${encodeURIComponent(detector.id)}/sensor`;
}
