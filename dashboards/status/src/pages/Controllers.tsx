// 调试: every controller with doors, how far it was gone through, and all acceptance records on paper.

import { useAsked } from "../asked.ts";
import type { Commissioning } from "../door_shapes.ts";
import { AcceptanceRecord } from "../parts/AcceptanceRecord.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { controller } from "../show/door.ts";
import { minute } from "../show/time.ts";
import { t } from "../texts.ts";

const EVERY_MS = 5_000;

export function Controllers() {
  const { value, trouble } = useAsked<{ devices: Commissioning[] }>("commissioning", EVERY_MS);
  return (
    <main id="content" class="narrow paper" tabIndex={-1}>
      <h1>{t("nav.commissioning")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      <ul class="editable controllers">
        {value?.devices.map((device) => (
          <li key={device.device}>
            <a href={href({ page: "controller", id: device.device })}>
              <b>{controller(device)}</b>
              <span>{standing(device)}</span>
              {device.begun !== null && device.signed === null && (
                <progress max={device.checks.length} value={ticked(device)} aria-label={t("checks.title")} />
              )}
            </a>
          </li>
        ))}
      </ul>
      {value !== null && value.devices.length > 0 && (
        <p class="orders">
          <button type="button" class="answer quiet" onClick={() => print()}>
            {t("record.print_all")}
          </button>
        </p>
      )}
      {value?.devices.map((device) => (
        <AcceptanceRecord key={device.device} record={device} />
      ))}
    </main>
  );
}

function ticked(record: Commissioning): number {
  return record.checks.filter((check) => check.at !== null).length;
}

function standing(record: Commissioning): string {
  if (record.begun === null) return t("checks.not_begun");
  if (record.signed !== null) return t("checks.signed", { by: record.signed_by, time: minute(Date.parse(record.signed)) });
  return t("checks.under_way", { done: ticked(record), total: record.checks.length });
}
