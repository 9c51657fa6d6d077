// 库存: sensors that hang nowhere, searched by the gateway; and taking one out for good.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { StockSensor } from "../detector_shapes.ts";
import { Dialog } from "../parts/Dialog.tsx";
import { Form } from "../parts/Form.tsx";
import { Reason } from "../parts/Reason.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { amount } from "../show/value.ts";
import { t } from "../texts.ts";

const PAUSE_MS = 250;

export function Stock() {
  const wanted = useSignal("");
  const query = useSignal("");
  const dropping = useSignal<StockSensor | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => (query.value = wanted.value.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted.value]);
  const asked = useAsked<{ sensors: StockSensor[]; total: number }>(`sensors?q=${encodeURIComponent(query.value)}`);
  const { value, trouble } = asked;
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "rounds" })}>{t("nav.rounds")}</a>
      </p>
      <h1>{t("nav.stock")}</h1>
      <nav class="actions" aria-label={t("detectors.actions")}>
        <a href={href({ page: "inventory" })}>{t("nav.inventory")}</a>
      </nav>
      <div class="search">
        <input
          type="search"
          aria-label={t("stock.search")}
          placeholder={t("stock.search")}
          maxLength={80}
          value={wanted.value}
          onInput={(event) => (wanted.value = event.currentTarget.value)}
        />
      </div>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && (
        <p class="count-line" role="status">
          {value.total > value.sensors.length
            ? t("stock.some", { n: amount(value.sensors.length), total: amount(value.total) })
            : t("stock.total", { n: amount(value.total) })}
        </p>
      )}
      <ul class="permits">
        {value?.sensors.map((sensor) => (
          <li key={sensor.address} class="permit" data-sensor={sensor.address}>
            <div class="permit-said">
              <p class="permit-head">
                <b>{sensor.label || sensor.address}</b>
                {sensor.kind !== null && <span class="tag">{t(`kind.${sensor.kind}`)}</span>}
              </p>
              <p class="permit-more">
                {sensor.address} · {sensor.title}
              </p>
            </div>
            <div class="permit-act">
              <button type="button" class="tool edged" onClick={() => (dropping.value = sensor)}>
                {t("stock.drop")}
              </button>
            </div>
          </li>
        ))}
      </ul>
      {dropping.value !== null && (
        <Drop
          sensor={dropping.value}
          leave={(done) => {
            dropping.value = null;
            if (done) asked.again();
          }}
        />
      )}
    </main>
  );
}

function Drop({ sensor, leave }: { sensor: StockSensor; leave: (done: boolean) => void }) {
  const reason = useSignal("");
  const sending = useSending();
  const submit = async () => {
    if (await sending.run(() => remove(`sensors/${sensor.address}`, { reason: reason.value.trim() }))) leave(true);
  };
  return (
    <Dialog title={t("stock.drop_ask", { sensor: sensor.label || sensor.address })} leave={() => leave(false)}>
      <Form trouble={sending.trouble} submit={() => void submit()}>
        <p class="dialog-note">{t("stock.drop_note")}</p>
        <Reason reason={reason} offered={[t("mount.broken"), t("mount.expired"), t("reason.mistake")]} />
        <Trouble problem={sending.trouble} />
        <div class="dialog-buttons">
          <button type="button" class="answer quiet" onClick={() => leave(false)}>
            {t("dialog.cancel")}
          </button>
          <button type="submit" class="answer" aria-disabled={sending.busy}>
            {sending.busy ? t("alarm.sending") : t("stock.drop")}
          </button>
        </div>
      </Form>
    </Dialog>
  );
}
