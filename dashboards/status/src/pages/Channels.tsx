// 通知渠道: whether people can be reached, and whether somebody off the box still hears from it.

import type { ComponentChildren } from "preact";
import type { Channel, Heartbeat } from "../answering_shapes.ts";
import { useAsked } from "../asked.ts";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { age } from "../show/time.ts";
import { withReason } from "../show/value.ts";
import { lookup, t } from "../texts.ts";

const EVERY_MS = 5_000;

export function Channels() {
  const { value, trouble } = useAsked<{ channels: Channel[] }>("channels", EVERY_MS);
  const beats = useAsked<{ heartbeats: Heartbeat[] }>("heartbeats", EVERY_MS).value?.heartbeats ?? [];
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.channels")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value?.channels.length === 0 && <p class="empty">{t("channels.none")}</p>}
      <ul class="channel-rows">
        {value?.channels.map((channel) => (
          <One key={channel.id} channel={channel} />
        ))}
      </ul>
      {value !== null && (
        <section aria-labelledby="beats-title">
          <h2 id="beats-title">{t("channels.heartbeats")}</h2>
          {beats.length === 0 && <p class="empty">{t("channels.no_heartbeats")}</p>}
          <ul class="channel-rows">
            {beats.map((beat) => (
              <Row key={beat.id} well={!beat.unanswered} name={beat.id} target={beat.target}>
                <p class={beat.unanswered ? "odd" : "door-words"}>
                  {beat.answered === null ? t("channels.never_answered") : t("channels.answered", { age: age(Date.parse(beat.answered)) })}
                </p>
                {beat.why !== "" && <p class="door-words">{withReason(t("channels.missed", { n: beat.missed }), beat.why)}</p>}
              </Row>
            ))}
          </ul>
        </section>
      )}
    </main>
  );
}

function One({ channel }: { channel: Channel }) {
  const well = channel.state === "up" || channel.state === "starting";
  const sent = channel.last_sent === null ? "" : ` · ${age(Date.parse(channel.last_sent))}`;
  return (
    <Row well={well} name={channel.id} target={channel.target}>
      <p class={well ? "door-words" : "odd"}>
        {withReason(t(`channels.state.${channel.state}`), channel.why)} · {lookup(`channels.way.${channel.way}`, channel.kind)}
      </p>
      <p class="door-words">
        {t("channels.counts", { waiting: channel.waiting, sent: channel.sent, failed: channel.failed, left: channel.tokens_left })}
        {sent}
      </p>
    </Row>
  );
}

interface Shown {
  well: boolean;
  name: string;
  target: string;
  children: ComponentChildren;
}

function Row({ well, name, target, children }: Shown) {
  return (
    <li class={`door-row${well ? "" : " p3"}`}>
      {well ? <CalmMark /> : <PriorityMark priority={3} />}
      <div>
        <p class="door-name">
          <b>{name}</b> <span>{target}</span>
        </p>
        {children}
      </div>
    </li>
  );
}
