// A charging room: the big button, its ports live, what it drew today, and who charged how much.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import type { RoomDetail } from "../charging_shapes.ts";
import { ChargerCard } from "../parts/ChargerCard.tsx";
import { OpenAlarms } from "../parts/OpenAlarms.tsx";
import { RoomLoad } from "../parts/RoomLoad.tsx";
import { SessionList } from "../parts/SessionList.tsx";
import { StopCard } from "../parts/StopCard.tsx";
import { StopDialog, type Target } from "../parts/StopDialog.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { RoomDay } from "../plot/RoomDay.tsx";
import { href } from "../route.ts";
import { concerns, mostUrgent, whole } from "../show/charging.ts";
import { mayAnswer } from "../store/session.ts";
import { stops } from "../store/stops.ts";
import { t } from "../texts.ts";

const EVERY_MS = 2_000;

export function Room({ id }: { id: string }) {
  const { value: room, trouble, again } = useAsked<RoomDetail>(`rooms/${encodeURIComponent(id)}`, EVERY_MS);
  const target = useSignal<Target | null>(null);
  if (room === null) {
    return (
      <main id="content" class="narrow" tabIndex={-1}>
        <h1>{trouble === null ? t("verdict.waiting") : t("charging.unknown")}</h1>
        <Trouble problem={trouble} />
      </main>
    );
  }
  const name = whole(room);
  const standing = mostUrgent(stops.value.filter((stop) => concerns(stop, room, room.chargers)));
  const choose = (chosen: Omit<Target, "cabinet">) => (target.value = { ...chosen, cabinet: room.cabinet });
  return (
    <main id="content" class="room-page" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "charging" })}>{t("nav.charging")}</a>
      </p>
      <h1>{name}</h1>
      <Trouble problem={trouble} />
      {standing.length > 0 && (
        <ul class="stop-cards" aria-label={t("stops.title")}>
          {standing.map((stop) => (
            <StopCard key={stop.id} stop={stop} lifted={again} />
          ))}
        </ul>
      )}
      {mayAnswer() && (
        <button type="button" class="answer stop wide-stop" onClick={() => choose({ reach: "room", what: room.id, name })}>
          {t("stops.room")}
        </button>
      )}
      <Facts room={room} />
      <OpenAlarms of={room.open_alarms} />
      {room.chargers.map((charger) => (
        <ChargerCard key={charger.id} charger={charger} stop={choose} />
      ))}
      <RoomDay room={room.id} name={name} />
      <SessionList room={room.id} />
      {target.value !== null && (
        <StopDialog
          target={target.value}
          leave={() => {
            target.value = null;
            again();
          }}
        />
      )}
    </main>
  );
}

function Facts({ room }: { room: RoomDetail }) {
  const counted = [
    room.held > 0 && t("room.held", { n: room.held }),
    room.fault > 0 && t("room.fault", { n: room.fault }),
    room.offline > 0 && t("room.offline", { n: room.offline }),
  ].filter((word) => word !== false);
  const closed = room.contactor === null ? "none" : room.contactor.closed === null ? "unknown" : room.contactor.closed ? "closed" : "open";
  return (
    <dl class="facts">
      <div class="fact">
        <dt>{t("room.ports")}</dt>
        <dd>
          <b>{t("room.charging", { n: room.charging, ports: room.ports })}</b>
          <span>{t("room.free", { n: room.free })}</span>
          {counted.map((word) => (
            <span key={word} class="odd">
              {word}
            </span>
          ))}
        </dd>
      </div>
      <div class="fact">
        <dt>{t("room.power")}</dt>
        <dd>
          <RoomLoad room={room} />
        </dd>
      </div>
      <div class="fact">
        <dt>{t("room.contactor")}</dt>
        <dd>
          <span class={closed === "open" || closed === "unknown" ? "odd" : ""}>{t(`room.contactor.${closed}`)}</span>
          {room.contactor !== null && (
            <a href={href({ page: "device", id: room.contactor.device, point: null })}>{t("room.board")}</a>
          )}
        </dd>
      </div>
      <div class="fact">
        <dt>{t("room.switch")}</dt>
        <dd>
          <span>{room.cabinet || t("value.none")}</span>
        </dd>
      </div>
    </dl>
  );
}
