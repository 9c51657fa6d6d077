// 设备: its points as they are now, and one point's last 24 hours.

import { Export } from "../parts/Export.tsx";
import { LinkWord } from "../parts/LinkWord.tsx";
import { Points } from "../parts/Points.tsx";
import { href } from "../route.ts";
import * as devices from "../store/devices.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";

export function Device({ id, point }: { id: string; point: string | null }) {
  const known = devices.of(`device:${id}`).value;
  const device = known?.get(id);
  const building = device && overview.tile(device.building)?.value;
  return (
    <main id="content" tabIndex={-1}>
      <p class="trail">
        <a href={building ? href({ page: "building", id: building.id }) : href({ page: "overview" })}>
          {building ? t("device.back", { name: building.name }) : t("building.back")}
        </a>
      </p>
      {device === undefined ? (
        <h1>{known === undefined ? t("verdict.waiting") : t("device.unknown")}</h1>
      ) : (
        <>
          <h1>
            {building !== undefined && `${building.name} `}
            {device.name || device.id}
          </h1>
          <p class="device-facts">
            <LinkWord device={device} />
            <span>
              {t("device.product")} {device.product}
            </span>
            <span>
              {t("device.line")} {device.line}
            </span>
          </p>
          <Export path={`devices/${encodeURIComponent(device.id)}`} label="export.device" />
          <Points device={device} chosen={point} to={(key) => ({ page: "device", id: device.id, point: key })} />
        </>
      )}
    </main>
  );
}
