// The recorded past as a CSV file: how far back, how much has come, and a way to stop.

import { useSignal } from "@preact/signals";
import { type Exporting, useExporting } from "../exporting.ts";
import { size } from "../show/value.ts";
import { now } from "../store/clock.ts";
import { mayExport } from "../store/session.ts";
import { type Key, t } from "../texts.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const SPANS = [1, 7, 30] as const;

/** Exports what is recorded of the device or point at `path`; nothing for those who may not. */
export function Export({ path, label }: { path: string; label: Key & `export.${string}` }) {
  const days = useSignal<number>(SPANS[0]);
  const exporting = useExporting();
  if (!mayExport()) return null;
  return (
    <div class="export">
      {exporting.bytes === null && (
        <select
          aria-label={t("export.span")}
          value={days.value}
          onChange={(event) => (days.value = Number(event.currentTarget.value))}
        >
          {SPANS.map((one) => (
            <option key={one} value={one}>
              {t(`export.${one}`)}
            </option>
          ))}
        </select>
      )}
      <ExportButton exporting={exporting} label={label} address={() => `${path}/export?${span(days.value)}`} />
    </div>
  );
}

interface Button {
  exporting: Exporting;
  label: Key & `export.${string}`;
  address: () => string;
}

/** Starts and stops an export, and says how it goes. */
export function ExportButton({ exporting, label, address }: Button) {
  const { bytes, said, start, cancel } = exporting;
  return (
    <>
      <button type="button" class="tool" onClick={() => (bytes === null ? void start(address()) : cancel())}>
        {t(bytes === null ? label : "export.cancel")}
      </button>
      <span role="status">{bytes === null ? said : t("export.received", { size: size(bytes) })}</span>
    </>
  );
}

function span(days: number): string {
  const end = now.peek();
  return `start=${new Date(end - days * DAY_MS).toISOString()}&end=${new Date(end).toISOString()}`;
}
