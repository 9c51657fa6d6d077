// One door: how it stands, what it can be told, who passed.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Asked, useAsked } from "../asked.ts";
import type { Door as Facts, Passage } from "../door_shapes.ts";
import { CommandDialog, type Order, ORDERS } from "../parts/CommandDialog.tsx";
import { DoorPicture } from "../parts/DoorPicture.tsx";
import { Moment } from "../parts/Moment.tsx";
import { PriorityMark } from "../parts/PriorityMark.tsx";
import { TableState } from "../parts/TableState.tsx";
import { href } from "../route.ts";
import { doubt, place, refusal, said, troubles } from "../show/door.ts";
import * as devices from "../store/devices.ts";
import * as doors from "../store/doors.ts";
import { mayAnswer, mayWork } from "../store/session.ts";
import { lookup, t } from "../texts.ts";

/** What stands in the list alone (table, standing); the state itself comes by the stream. */
const EVERY_MS = 10_000;
const PASSAGES_MS = 5_000;
const PASSAGES = 50;

export function Door({ device, part }: { device: string; part: string }) {
  useEffect(() => doors.watch(EVERY_MS), []);
  const order = useSignal<Order | null>(null);
  const path = `doors/${encodeURIComponent(device)}/${encodeURIComponent(part)}/passages?limit=${PASSAGES}`;
  const passed = useAsked<{ passages: Passage[] }>(path, PASSAGES_MS);

  const listed = doors.ids.value === null ? undefined : doors.one(`${device}/${part}`)?.value;
  if (listed === undefined) {
    const wrong = doors.trouble.value;
    return (
      <main id="content" class="narrow" tabIndex={-1}>
        <h1>{wrong !== null ? refusal(wrong) : t(doors.ids.value === null ? "verdict.waiting" : "doors.unknown")}</h1>
      </main>
    );
  }
  const door = doors.live(listed, devices.of(`device:${device}`).value?.get(device));
  return (
    <main id="content" class="narrow door-page" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "doors" })}>{t("nav.doors")}</a>
      </p>
      <h1>
        {place(door)} {door.name}
      </h1>
      <State door={door} />
      <Orders door={door} choose={(chosen) => (order.value = chosen)} />
      <Facts door={door} />
      <Passages asked={passed} />
      {order.value !== null && (
        <CommandDialog
          key={order.value}
          door={door}
          order={order.value}
          leave={() => {
            order.value = null;
            void doors.ask();
            passed.again();
          }}
        />
      )}
    </main>
  );
}

function State({ door }: { door: Facts }) {
  const unsure = doubt(door);
  const wrong = troubles(door);
  const worst = wrong[0]?.priority;
  return (
    <section
      class={`door-now door${worst === undefined ? "" : ` p${worst}`}${unsure === null ? "" : " unsure"}${door.open === true && unsure === null ? " open" : ""}`}
      aria-live="polite"
      aria-label={t("door.state")}
    >
      <DoorPicture open={unsure === null ? door.open : null} />
      <div>
        <p class="door-state">{unsure ?? said(door)}</p>
        {unsure !== null && said(door) !== "" && <p class="door-more">{t("door.last_known", { said: said(door) })}</p>}
        {wrong.map(({ key, priority }) => (
          <p key={key} class={`door-trouble p${priority}`}>
            <PriorityMark priority={priority} />
            {t(key)}
          </p>
        ))}
      </div>
      {unsure !== null && door.heard !== null && <Moment at={door.heard} />}
    </section>
  );
}

function Orders({ door, choose }: { door: Facts; choose: (order: Order) => void }) {
  const can = (order: Order) => door.commands[ORDERS[order].work] !== null;
  if (!mayAnswer()) return null;
  const free = door.mode === "free";
  const more: Order[] = [
    ...(free ? (["hold_off"] as const) : (["hold_on"] as const)),
    ...(door.lockdown === true ? (["lockdown_off"] as const) : (["lockdown_on"] as const)),
    ...(door.fire_released === true ? (["fire_reset"] as const) : []),
    "relay_test",
  ];
  const offered = mayWork() ? more.filter(can) : [];
  return (
    <section class="orders" aria-label={t("command.label")}>
      {can("unlock") && (
        <button type="button" class="answer" onClick={() => choose("unlock")}>
          {t("command.unlock")}
        </button>
      )}
      {offered.map((order) => (
        <button key={order} type="button" class="answer quiet" onClick={() => choose(order)}>
          {t(`command.${order}`)}
        </button>
      ))}
    </section>
  );
}

function Facts({ door }: { door: Facts }) {
  const rows: [string, string][] = [
    [t("door.escape_way"), t(door.escape ? "door.escape_yes" : "door.escape_no")],
    [t("door.lock_kind"), t(`lock.${door.lock || "unsaid"}`)],
    [t("door.owner"), door.owner || t("value.none")],
    [t("door.maintainer"), door.maintainer || t("value.none")],
    [t("door.standing"), t(`standing.${door.standing}`)],
  ];
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div class="fact" key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div class="fact">
        <dt>{t("door.table")}</dt>
        <dd>
          <TableState table={door.table} />
        </dd>
      </div>
      <div class="fact">
        <dt>{t("door.controller")}</dt>
        <dd>
          <a href={href({ page: "device", id: door.device, point: null })}>{door.device}</a>
          {door.standing !== "in_service" && (
            <a href={href({ page: "controller", id: door.device })}>{t("nav.commissioning")}</a>
          )}
        </dd>
      </div>
    </dl>
  );
}

function Passages({ asked }: { asked: Asked<{ passages: Passage[] }> }) {
  const { value, trouble } = asked;
  return (
    <section aria-labelledby="passages-title">
      <h2 id="passages-title">{t("passage.title")}</h2>
      {trouble !== null && <p class="trouble">{refusal(trouble)}</p>}
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value?.passages.length === 0 && <p class="empty">{t("passage.none")}</p>}
      <ul class="passages">
        {value?.passages.map((passage) => (
          <li key={passage.seq} class={passage.kind === "gap" ? "gap" : ""}>
            <Moment at={passage.measured ?? passage.at} />
            <p>
              <b>{lookup(`event.${passage.kind}`, passage.kind)}</b>
              <Who passage={passage} />
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Who({ passage }: { passage: Passage }) {
  const { remote, gap, name, household, visitor } = passage;
  return (
    <>
      {name !== null && <span>{name}</span>}
      {household !== null && household !== "" && <a href={href({ page: "household", id: household })}>{household}</a>}
      {visitor === true && <span class="tag">{t("permit.visitor")}</span>}
      {remote !== null && <span>{t("passage.remote", { actor: remote.actor, reason: remote.reason })}</span>}
      {gap !== null && <span>{missing(gap)}</span>}
      {passage.maybe_repeated && <span>{t("passage.maybe_repeated")}</span>}
    </>
  );
}

function missing({ first, until, why }: NonNullable<Passage["gap"]>): string {
  const reason = lookup(`gap.${why}`, why);
  return until === null ? t("passage.gap_open", { why: reason }) : t("passage.gap", { n: until - first, why: reason });
}
