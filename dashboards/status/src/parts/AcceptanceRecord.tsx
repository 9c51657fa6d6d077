// 调试记录: a controller's acceptance record as it goes to paper, one controller to a page; not shown on the screen.

import type { Commissioning } from "../door_shapes.ts";
import { controller } from "../show/door.ts";
import { until as dated } from "../show/permit.ts";
import { compound } from "../store/overview.ts";
import { lookup, t } from "../texts.ts";
import { Sheet } from "./Sheet.tsx";

export function AcceptanceRecord({ record }: { record: Commissioning }) {
  const facts: [string, string][] = [
    [t("record.compound"), compound.value?.name ?? ""],
    [t("record.controller"), `${controller(record)} (${record.device})`],
    [t("record.product"), record.product],
    [t("record.serial"), record.serial || record.seen],
    [t("record.begun"), record.begun === null ? "" : `${dated(record.begun)} ${record.begun_by}`],
    [t("record.signed"), record.signed === null ? "" : `${dated(record.signed)} ${record.signed_by}`],
    [t("record.note"), record.note],
  ];
  return (
    <Sheet title={t("record.title")} facts={facts} signed={[t("record.installer"), t("record.owner"), t("record.date")]}>
      <div class="record-doors">
        {Object.entries(record.doors).map(([part, name]) => (
          <table key={part}>
            <caption>
              {name} ({part})
            </caption>
            <thead>
              <tr>
                <th>{t("record.check")}</th>
                <th>{t("record.seen")}</th>
              </tr>
            </thead>
            <tbody>
              {record.checks
                .filter((check) => check.part === part)
                .map((check) => (
                  <tr key={check.name}>
                    <td>{lookup(`check.${check.name}`, check.name)}</td>
                    <td>{check.at === null ? t("checks.open") : `✓ ${dated(check.at)}`}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        ))}
      </div>
    </Sheet>
  );
}
