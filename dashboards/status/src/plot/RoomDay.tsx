// What a room drew in the last 24 hours, all ports together.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { useAsked } from "../asked.ts";
import type { RoomPower } from "../charging_shapes.ts";
import { refusal } from "../show/door.ts";
import { watts } from "../show/charging.ts";
import { clockFace } from "../show/time.ts";
import type { History } from "../shapes.ts";
import { t } from "../texts.ts";
import { Drawing } from "./Drawing.tsx";
import { byHour, isEmpty } from "./hours.ts";

/** The gateway's buckets are five minutes long. */
const AGAIN_MS = 60_000;

export function RoomDay({ room, name }: { room: string; name: string }) {
  const { value, trouble } = useAsked<RoomPower>(`rooms/${encodeURIComponent(room)}/power?hours=24`, AGAIN_MS);
  const history = useMemo(() => (value === null ? null : asHistory(room, value)), [value]);
  const under = useSignal<number | null>(null);
  return (
    <section class="room-day" aria-labelledby="power-title">
      <h2 id="power-title">{t("plot.title", { name: t("room.power") })}</h2>
      {trouble !== null && <p class="empty">{t("plot.failed", { why: refusal(trouble) })}</p>}
      {history === null && trouble === null && <p class="empty">{t("plot.loading")}</p>}
      {history !== null && isEmpty(history) && <p class="empty">{t("plot.empty")}</p>}
      {value !== null && history !== null && !isEmpty(history) && (
        <>
          <Drawing history={history} label={t("plot.label", { name: `${name} ${t("room.power")}` })} under={under} />
          <p class="readout">{readout(value, under.value)}</p>
          <details>
            <summary>{t("plot.as_table")}</summary>
            <Hours history={history} />
          </details>
        </>
      )}
    </section>
  );
}

/** As the plot takes it: between the means and the greatest values lies the band. */
function asHistory(room: string, { t: times, mean, max, start, end, bucket_seconds }: RoomPower): History {
  const of = { device: room, key: "power", kind: "real", unit: "W", meaning: "active_power" } as const;
  return { ...of, start, end, bucket_seconds, t: times, min: mean, max, mean, last: mean, quality: [] };
}

function readout(power: RoomPower, index: number | null): string {
  const at = index === null ? undefined : power.t[index];
  if (index === null || at === undefined) return t("plot.hover");
  const time = clockFace(at * 1000, false);
  const mean = power.mean[index] ?? null;
  if (mean === null) return t("plot.readout_gap", { time });
  const [told, ports] = [power.told[index] ?? 0, power.ports];
  const said = t("room.readout", { time, mean: watts(mean), max: watts(power.max[index] ?? null) });
  return told < ports ? `${said} · ${t("room.told", { told, ports })}` : said;
}

function Hours({ history }: { history: History }) {
  return (
    <table class="hours">
      <thead>
        <tr>
          <th scope="col">{t("plot.time")}</th>
          <th scope="col">{t("plot.mean")}</th>
          <th scope="col">{t("plot.max")}</th>
        </tr>
      </thead>
      <tbody>
        {byHour(history).map((hour) => (
          <tr key={hour.start}>
            <th scope="row">{clockFace(hour.start, false)}</th>
            {hour.mean === null ? (
              <td colSpan={2}>{t("quality.gap")}</td>
            ) : (
              <>
                <td>{watts(hour.mean)}</td>
                <td>{watts(hour.max)}</td>
              </>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
