// 接收器: what each hears, the blind ones first; and what was heard that nobody enrolled.

import { useAsked } from "../asked.ts";
import { CHARGE_POINT, type Receiver, type Stranger } from "../detector_shapes.ts";
import { Moment } from "../parts/Moment.tsx";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { dbm } from "../show/detector.ts";
import { place } from "../show/door.ts";
import { amount, number, reason, withReason } from "../show/value.ts";
import { mayExport } from "../store/session.ts";
import { lookup, t } from "../texts.ts";

const EVERY_MS = 5_000;

export function Receivers() {
  const { value, trouble } = useAsked<{ receivers: Receiver[] }>("receivers", EVERY_MS);
  const receivers = [...(value?.receivers ?? [])].sort((a, b) => rank(a) - rank(b));
  return (
    <main id="content" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "detectors" })}>{t("nav.detectors")}</a>
      </p>
      <h1>{t("nav.receivers")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && (
        <p class="count-line" role="status">
          {t("receivers.total", { n: receivers.length, blind: receivers.filter(isDeaf).length })}
        </p>
      )}
      <ul class="door-rows">
        {receivers.map((receiver) => (
          <ReceiverRow key={receiver.id} receiver={receiver} />
        ))}
      </ul>
      {/* The right to the journal is the right to the unknown: the gateway decides again. */}
      {mayExport() && <Strangers names={new Map(receivers.map((receiver) => [receiver.id, called(receiver)]))} />}
    </main>
  );
}

function called({ building_name: building, name, id }: Receiver): string {
  return `${building} ${name || id}`.trim();
}

/** Who hears nothing stands first, then who cannot be reached, then the rest as they are configured. */
function rank(receiver: Receiver): number {
  return receiver.blind ? 0 : receiver.link === "up" ? 2 : 1;
}

function isDeaf(receiver: Receiver): boolean {
  return receiver.blind || receiver.link === "lost" || receiver.link === "misconfigured";
}

function ReceiverRow({ receiver }: { receiver: Receiver }) {
  const deaf = isDeaf(receiver);
  const restarts = receiver.statistics["restarts"] ?? 0;
  return (
    <li class={`door-row receiver${deaf ? " p2" : ""}`} data-receiver={receiver.id}>
      {deaf ? <PriorityMark priority={2} /> : <CalmMark />}
      <div>
        <p class="door-name">
          <a href={href({ page: "device", id: receiver.id, point: null })}>{receiver.name || receiver.id}</a>
          <span>{place({ building_name: receiver.building_name, entrance: "", device: receiver.line })}</span>
          <span>{lookup(`receiver.${receiver.kind}`, receiver.kind)}</span>
        </p>
        <p class="door-words">
          {receiver.blind && `${t("receivers.blind")} · `}
          {withReason(t(`link.${receiver.link}`), receiver.why)}
        </p>
        <p class="door-more">
          {t("receivers.hears", {
            rate: receiver.heard_rate === null ? t("value.none") : number(receiver.heard_rate),
            sensors: receiver.sensors === null ? t("value.none") : amount(receiver.sensors),
          })}
          {restarts > 0 && ` · ${t("receivers.restarts", { n: amount(restarts) })}`}
        </p>
      </div>
    </li>
  );
}

function Strangers({ names }: { names: ReadonlyMap<string, string> }) {
  const { value, trouble } = useAsked<{ strangers: Stranger[] }>("strangers", EVERY_MS);
  // Charge points dial in by themselves, and wait on the page of charging.
  const strangers = (value?.strangers ?? []).filter((stranger) => stranger.what !== CHARGE_POINT);
  return (
    <section aria-labelledby="strangers-title">
      <h2 id="strangers-title">{t("strangers.title", { n: strangers.length })}</h2>
      <Trouble problem={trouble} />
      <p class="lead">{t("strangers.note")}</p>
      <ul class="passages">
        {strangers.map((stranger) => (
          <li key={stranger.address}>
            <Moment at={stranger.at} />
            <p>
              <b>{stranger.address}</b>
              <span>{reason(stranger.what)}</span>
              {stranger.receiver !== "" && (
                <span>
                  {names.get(stranger.receiver) ?? stranger.receiver} {dbm(stranger.rssi)}
                </span>
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
