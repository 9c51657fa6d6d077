// 充电: the stops that stand, all rooms, worst first, and stopping more than one of them.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import type { Room } from "../charging_shapes.ts";
import { CHARGE_POINT, type Stranger } from "../detector_shapes.ts";
import { Moment } from "../parts/Moment.tsx";
import { RoomRow } from "../parts/RoomRow.tsx";
import { StopCard } from "../parts/StopCard.tsx";
import { StopDialog, type Target } from "../parts/StopDialog.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { mostUrgent, worstFirst } from "../show/charging.ts";
import { compound } from "../store/overview.ts";
import { mayAnswer, mayExport, mayPermit, reachesAll } from "../store/session.ts";
import * as stops from "../store/stops.ts";
import { t } from "../texts.ts";

const EVERY_MS = 3_000;
/** More than a compound has. */
const MOST = 500;

export function Charging() {
  const { value, trouble } = useAsked<{ rooms: Room[] }>(`rooms?limit=${MOST}`, EVERY_MS);
  const target = useSignal<Target | null>(null);
  const standing = mostUrgent(stops.stops.value);
  const urgent = new Set(standing.filter((stop) => stop.phase !== "proved").map((stop) => stop.id));
  const rooms = value?.rooms ?? [];
  return (
    <main id="content" class="charging-page" tabIndex={-1}>
      <h1>{t("nav.charging")}</h1>
      {mayPermit() && (
        <nav class="actions" aria-label={t("charging.actions")}>
          <a href={href({ page: "tags" })}>{t("nav.tags")}</a>
        </nav>
      )}
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {standing.length > 0 && (
        <ul class="stop-cards" aria-label={t("stops.title")}>
          {standing.map((stop) => (
            <StopCard key={stop.id} stop={stop} />
          ))}
        </ul>
      )}
      {value !== null && rooms.length === 0 && <p class="empty">{t("charging.none")}</p>}
      {rooms.length > 0 && (
        <p class="count-line" role="status">
          {t("charging.total", { rooms: rooms.length, ...sums(rooms) })}
        </p>
      )}
      <ul class="door-rows rooms">
        {worstFirst(rooms, urgent).map((room) => (
          <RoomRow key={room.id} room={room} />
        ))}
      </ul>
      {mayAnswer() && rooms.length > 0 && <Wider rooms={rooms} choose={(chosen) => (target.value = chosen)} />}
      {/* The right to the journal is the right to the unknown: the gateway decides again. */}
      {mayExport() && <Strangers />}
      {target.value !== null && (
        <StopDialog
          target={target.value}
          leave={() => {
            target.value = null;
          }}
        />
      )}
    </main>
  );
}

function sums(rooms: readonly Room[]): { charging: number; ports: number } {
  return {
    charging: rooms.reduce((sum, room) => sum + room.charging, 0),
    ports: rooms.reduce((sum, room) => sum + room.ports, 0),
  };
}

/** Stopping a building or everything is two taps away, so that no thumb does it in passing. */
function Wider({ rooms, choose }: { rooms: readonly Room[]; choose: (target: Target) => void }) {
  const buildings = new Map(rooms.filter((room) => room.building !== "").map((room) => [room.building, room.building_name]));
  const cabinets = (of: readonly Room[]) => [...new Set(of.map((room) => room.cabinet))].filter(Boolean).join(t("stop.and"));
  return (
    <details class="wider">
      <summary>{t("stops.wider")}</summary>
      <div class="wider-places">
        {[...buildings].map(([id, name]) => (
          <button
            key={id}
            type="button"
            class="answer stop quiet"
            onClick={() => {
              const cabinet = cabinets(rooms.filter((room) => room.building === id));
              choose({ reach: "building", what: id, name: name || id, cabinet });
            }}
          >
            {name || id}
          </button>
        ))}
        {reachesAll() && (
          <button
            type="button"
            class="answer stop"
            onClick={() => {
              const name = t("stops.all", { compound: compound.value?.name ?? "" });
              choose({ reach: "all", what: "", name, cabinet: "" });
            }}
          >
            {t("stops.everything")}
          </button>
        )}
      </div>
    </details>
  );
}

/** Charge points that knocked and are in no configuration. */
function Strangers() {
  const { value } = useAsked<{ strangers: Stranger[] }>("strangers", EVERY_MS * 3);
  const waiting = (value?.strangers ?? []).filter((stranger) => stranger.what === CHARGE_POINT);
  if (waiting.length === 0) return null;
  return (
    <section aria-labelledby="waiting-title">
      <h2 id="waiting-title">{t("charging.waiting", { n: waiting.length })}</h2>
      <p class="lead">{t("charging.waiting_note")}</p>
      <ul class="passages">
        {waiting.map((stranger) => (
          <li key={stranger.address}>
            <Moment at={stranger.at} />
            <p>
              <b>{stranger.address}</b>
              <span>{t("charging.waiting_what")}</span>
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
