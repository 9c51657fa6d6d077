// Which points are compared: a device by its words, and then those of its points that have a past.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import type { Healths } from "../history_shapes.ts";
import { useSettled } from "../settled.ts";
import type { Device } from "../shapes.ts";
import { partName, pointName } from "../show/point.ts";
import { MOST, stands } from "../show/series.ts";
import { t } from "../texts.ts";
import { Trouble } from "./Trouble.tsx";

/** As many devices as are offered at once: who looks for another one types a word more. */
const OFFERED = 12;
const TYPED_MS = 250;

interface Asked {
  /** DEVICE/KEY of each point that is chosen. */
  chosen: readonly string[];
  choose: (points: readonly string[]) => void;
}

export function SeriesChooser({ chosen, choose }: Asked) {
  const words = useSignal("");
  const device = useSignal<string | null>(null);
  const typed = useSettled(words.value.trim(), TYPED_MS);
  const found = useAsked<Healths>(`device-health?limit=${OFFERED}&search=${encodeURIComponent(typed)}`);
  return (
    <div class="series-chooser">
      <input
        class="series-search"
        type="search"
        aria-label={t("histories.search")}
        placeholder={t("histories.search")}
        value={words.value}
        onInput={(event) => (words.value = event.currentTarget.value)}
      />
      <Trouble problem={found.trouble} />
      <ul class="series-devices">
        {found.value?.devices.map(({ id, ...at }) => (
          <li key={id}>
            <button
              type="button"
              aria-expanded={device.value === id}
              onClick={() => (device.value = device.value === id ? null : id)}
            >
              <b>{stands(at, id)}</b>
              <span>{id}</span>
            </button>
            {device.value === id && <PointsOf device={id} chosen={chosen} choose={choose} />}
          </li>
        ))}
      </ul>
      {found.value !== null && (
        <p class="field-note" role="status">
          {found.value.total === 0
            ? t("histories.no_device")
            : found.value.total > OFFERED && t("picker.more", { n: found.value.total - OFFERED })}
        </p>
      )}
    </div>
  );
}

function PointsOf({ device, chosen, choose }: Asked & { device: string }) {
  const { value, trouble } = useAsked<Device>(`devices/${encodeURIComponent(device)}`);
  const points = Object.entries(value?.points ?? {}).filter(([, point]) => point.kind !== "text");
  const full = chosen.length >= MOST;
  return (
    <div class="chips series-points">
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {points.map(([key, point]) => {
        const name = `${device}/${key}`;
        const on = chosen.includes(name);
        return (
          <button
            key={key}
            type="button"
            class="chip"
            aria-pressed={on}
            disabled={full && !on}
            onClick={() => choose(on ? chosen.filter((one) => one !== name) : [...chosen, name])}
          >
            {pointName(key, point)}
            {point.part !== "" && value !== null && ` · ${partName(value, point.part)}`}
          </button>
        );
      })}
      {full && <p class="field-note">{t("histories.full", { n: MOST })}</p>}
    </div>
  );
}
