// Charging sessions of a room: those that run, then those that are over, with why they ended. Never by whom.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import type { Session, Sessions } from "../charging_shapes.ts";
import { duration, ending, measured, portName, watts } from "../show/charging.ts";
import { t } from "../texts.ts";
import { Moment } from "./Moment.tsx";
import { Trouble } from "./Trouble.tsx";

const EVERY_MS = 10_000;
const PAGE = 20;
/** As many as the gateway tells at once. */
const MOST = 500;

export function SessionList({ room }: { room: string }) {
  const wanted = useSignal(PAGE);
  const path = `charging/sessions?room=${encodeURIComponent(room)}&limit=${wanted.value}`;
  const { value, trouble } = useAsked<Sessions>(path, EVERY_MS);
  return (
    <section aria-labelledby="sessions-title">
      <h2 id="sessions-title">{t("session.title")}</h2>
      <Trouble problem={trouble} />
      {value?.sessions.length === 0 && <p class="empty">{t("session.none")}</p>}
      <ul class="passages">
        {value?.sessions.map((session) => (
          <Row key={`${session.device}/${session.part}/${session.session}/${session.began}`} session={session} />
        ))}
      </ul>
      {value !== null && value.next !== null && wanted.value < MOST && (
        <button type="button" class="answer quiet more-rows" onClick={() => (wanted.value = Math.min(wanted.value * 3, MOST))}>
          {t("session.more")}
        </button>
      )}
    </section>
  );
}

function Row({ session }: { session: Session }) {
  const why = ending(session);
  return (
    <li class={session.ended === null ? "running" : ""}>
      {session.began === null ? <span>{t("session.began_unknown")}</span> : <Moment at={session.began} />}
      <p>
        <b>
          {session.device_name} {portName(session.part, session.part_name)}
        </b>
        <span>{measured(session.kwh, "kWh")}</span>
        <span>{duration(session.seconds)}</span>
        {session.peak_watts !== null && <span>{t("session.peak", { watts: watts(session.peak_watts) })}</span>}
        {session.ended === null && why === "" && <span class="tag">{t("session.running")}</span>}
        {why !== "" && <span>{session.ended === null ? t("session.ending", { why }) : why}</span>}
        {session.offline && <span class="tag">{t("session.offline")}</span>}
      </p>
    </li>
  );
}
