// The recorded past as a CSV file: how far back, how much has come, and a way to stop.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Problem } from "../ask.ts";
import { download } from "../download.ts";
import { size } from "../show/value.ts";
import { now } from "../store/clock.ts";
import { mayExport } from "../store/session.ts";
import { type Key, t } from "../texts.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const SPANS = [1, 7, 30] as const;

/** Exports what is recorded of the device or point at `path`; nothing for those who may not. */
export function Export({ path, label }: { path: string; label: Key & `export.${string}` }) {
  const days = useSignal<number>(SPANS[0]);
  const bytes = useSignal<number | null>(null);
  const said = useSignal("");
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  if (!mayExport()) return null;

  const start = async () => {
    const cancel = (running.current = new AbortController());
    [bytes.value, said.value] = [0, ""];
    try {
      await download(`${path}/export?${span(days.value)}`, cancel.signal, (soFar) => (bytes.value = soFar));
      said.value = t("export.done", { size: size(bytes.value) });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      said.value = cancel.signal.aborted ? t("export.cancelled") : t("export.failed", { why: error.message });
    } finally {
      bytes.value = null;
    }
  };
  return (
    <div class="export">
      {bytes.value === null ? (
        <>
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
          <button type="button" class="tool" onClick={() => void start()}>
            {t(label)}
          </button>
        </>
      ) : (
        <button type="button" class="tool" onClick={() => running.current?.abort()}>
          {t("export.cancel")}
        </button>
      )}
      <span role="status">{bytes.value === null ? said.value : t("export.received", { size: size(bytes.value) })}</span>
    </div>
  );
}

function span(days: number): string {
  const end = now.peek();
  return `start=${new Date(end - days * DAY_MS).toISOString()}&end=${new Date(end).toISOString()}`;
}
