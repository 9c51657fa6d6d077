// A charger and its ports, as they are now.

import type { Charger, Port } from "../charging_shapes.ts";
import { href } from "../route.ts";
import { duration, holds, measured, portName, portState, watts } from "../show/charging.ts";
import { reason, withReason } from "../show/value.ts";
import * as clock from "../store/clock.ts";
import { mayAnswer } from "../store/session.ts";
import { t } from "../texts.ts";
import { Moment } from "./Moment.tsx";
import { PriorityMark } from "./PriorityMark.tsx";
import type { Target } from "./StopDialog.tsx";

interface Shown {
  charger: Charger;
  stop: (target: Omit<Target, "cabinet">) => void;
}

export function ChargerCard({ charger, stop }: Shown) {
  const name = charger.name || charger.id;
  return (
    <section class="charger" aria-labelledby={`charger-${charger.id}`} data-charger={charger.id}>
      <div class="charger-head">
        <h2 id={`charger-${charger.id}`}>
          <a href={href({ page: "device", id: charger.id, point: null })}>{name}</a>
        </h2>
        <Health charger={charger} />
        {mayAnswer() && charger.ports.length > 1 && (
          <button type="button" class="tool edged stop" onClick={() => stop({ reach: "charger", what: charger.id, name })}>
            {t("stops.charger")}
          </button>
        )}
      </div>
      <ul class="ports">
        {charger.ports.map((port) => (
          <PortRow
            key={port.part}
            port={port}
            stop={() => stop({ reach: "port", what: `${charger.id}/${port.part}`, name: portOf(charger, port) })}
          />
        ))}
      </ul>
    </section>
  );
}

/** "1号车棚充电桩 3号口". */
function portOf(charger: Charger, port: Port): string {
  return `${charger.name || charger.id} ${portName(port.part, port.name)}`;
}

function Health({ charger }: { charger: Charger }) {
  const words = [
    charger.link !== "up" && withReason(t(`link.${charger.link}`), charger.why),
    charger.link === "up" && !charger.fresh && t("charger.stale"),
    charger.smoke === true && t("charger.smoke"),
    charger.mains_fail === true && t("charger.mains"),
  ].filter((word) => word !== false);
  return (
    <p class="charger-health">
      {words.map((word) => (
        <span key={word} class="odd">
          {word}
        </span>
      ))}
      {words.length === 0 && <span>{t("link.up")}</span>}
      {charger.celsius !== null && <span>{t("charger.inside", { celsius: measured(charger.celsius, "°C") })}</span>}
    </p>
  );
}

function PortRow({ port, stop }: { port: Port; stop: () => void }) {
  const held = holds(port);
  const name = portName(port.part, port.name);
  const flows = port.amperes !== null && port.amperes >= NO_CURRENT_AMPERES;
  const running = port.session !== null || flows;
  const charged = [
    port.kwh !== null && measured(port.kwh, "kWh"),
    port.since !== null && duration((clock.now.value - Date.parse(port.since)) / 1000),
  ].filter((word) => word !== false);
  return (
    <li
      class={`port is-${port.state}${port.alarm === null ? "" : ` p${port.alarm}`}${port.sure ? "" : " unsure"}${running ? " running" : ""}`}
      data-port={port.part}
    >
      <p class="port-head">
        {port.alarm !== null && <PriorityMark priority={port.alarm} />}
        <b>{name}</b>
        <span class="port-state">{portState(port)}</span>
      </p>
      {!port.sure && (
        <p class="port-doubt">
          {t("port.unsure")} {port.heard !== null && <Moment at={port.heard} />}
        </p>
      )}
      {running && (
        <p class="port-values">
          <b>{watts(port.watts)}</b>
          <span>{measured(port.amperes, "A")}</span>
          {port.celsius !== null && <span>{measured(port.celsius, "°C")}</span>}
          {port.milliamperes !== null && port.milliamperes >= LEAK_SHOWN && <span>{t("port.leak", { n: port.milliamperes })}</span>}
          {port.charge !== null && <span>{measured(port.charge, "%")}</span>}
        </p>
      )}
      {charged.length > 0 && <p class="port-session">{charged.join(" · ")}</p>}
      {held.length > 0 && <p class="port-held">{t("port.held", { why: held.join("、") })}</p>}
      {port.error !== "" && <p class="port-held">{reason(port.error)}</p>}
      {mayAnswer() && (
        <button type="button" class="tool edged stop" aria-label={t("stops.port_of", { port: name })} onClick={stop}>
          {t("stops.port")}
        </button>
      )}
    </li>
  );
}

/** What counts as no current, in A: as the gateway judges. */
const NO_CURRENT_AMPERES = 0.2;
/** From here on somebody may ask, in mA; the alarm begins at 20. */
const LEAK_SHOWN = 10;
