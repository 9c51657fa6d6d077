// 楼栋: its doors live, worst first, and its devices.

import type { VNode } from "preact";
import { useAsked } from "../asked.ts";
import { AlarmList } from "../parts/AlarmList.tsx";
import { DoorCard } from "../parts/DoorCard.tsx";
import { LinkWord } from "../parts/LinkWord.tsx";
import { href } from "../route.ts";
import type { TrialDetail } from "../safety_shapes.ts";
import type { Device as Facts } from "../shapes.ts";
import { doorsOf } from "../show/doors.ts";
import { until } from "../show/permit.ts";
import { sorted } from "../store/alarms.ts";
import * as devices from "../store/devices.ts";
import * as overview from "../store/overview.ts";
import { mayWatch } from "../store/session.ts";
import { t } from "../texts.ts";

export function Building({ id }: { id: string }) {
  const known = devices.of(`building:${id}`).value;
  const tile = overview.tile(id)?.value;
  const name = tile?.name;
  const here = sorted.value.filter((alarm) => alarm.place.building === id);
  const gone = overview.buildings.value.length > 0 && name === undefined;
  return (
    <main id="content" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "overview" })}>{t("building.back")}</a>
      </p>
      <h1>{gone ? t("building.unknown") : (name ?? id)}</h1>
      {tile !== undefined && tile.detectors.mounted > 0 && (
        <p class="count-line">
          <a href={href({ page: "floors", id, entrance: null })}>{t("nav.detectors")}</a> {tile.detectors.mounted}
          {overview.silent(tile.detectors) > 0 && ` · ${t("tile.silent", { n: overview.silent(tile.detectors) })}`}
        </p>
      )}
      {mayWatch() && !gone && <OnTrial id={id} />}
      {here.length > 0 && (
        <section aria-labelledby="alarms-title">
          <h2 id="alarms-title">{t("building.alarms")}</h2>
          <AlarmList alarms={here} />
        </section>
      )}
      {known === undefined && !gone && <p class="empty">{t("verdict.waiting")}</p>}
      {known !== undefined && known.size > 0 && <Content devices={known} />}
    </main>
  );
}

function OnTrial({ id }: { id: string }) {
  const { value } = useAsked<TrialDetail>(`buildings/${encodeURIComponent(id)}/trial`);
  const trial = value?.trial ?? null;
  return (
    <p class="count-line">
      <a class={trial === null ? "" : "odd"} href={href({ page: "trial", id })}>
        {trial === null ? t("nav.trial") : t("trial.until", { time: until(trial.until) })}
      </a>
    </p>
  );
}

function Content({ devices: known }: { devices: NonNullable<ReturnType<typeof devices.of>["value"]> }) {
  const doors = doorsOf(known.values());
  return (
    <>
      <section aria-labelledby="doors-title">
        <h2 id="doors-title">{t("building.doors")}</h2>
        {doors.length === 0 && <p class="empty">{t("building.doors_none")}</p>}
        <ul class="doors">
          {doors.map((door) => drawn(door, () => <DoorCard key={door.id} door={door} />))}
        </ul>
      </section>
      <section aria-labelledby="devices-title">
        <h2 id="devices-title">{t("building.devices")}</h2>
        <ul class="devices">
          {[...known.values()].map((device) => drawn(device, () => <DeviceLine key={device.id} device={device} />))}
        </ul>
      </section>
    </>
  );
}

function DeviceLine({ device }: { device: Facts }) {
  return (
    <li>
      <a href={href({ page: "device", id: device.id, point: null })}>{device.name || device.id}</a>
      <span class="device-product">{device.product}</span>
      <LinkWord device={device} />
    </li>
  );
}

const drawings = new WeakMap<object, VNode>();

/** What was drawn of something that has not changed since; Preact leaves it as it stands in the page. */
function drawn(of: object, draw: () => VNode): VNode {
  let drawing = drawings.get(of);
  if (drawing === undefined) drawings.set(of, (drawing = draw()));
  return drawing;
}
