// 名单进度: how far each controller has the permits that are meant for it.

import { useAsked } from "../asked.ts";
import type { Table } from "../door_shapes.ts";
import { Moment } from "../parts/Moment.tsx";
import { TableState } from "../parts/TableState.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { controller } from "../show/door.ts";
import { amount, reason } from "../show/value.ts";
import { t } from "../texts.ts";

const EVERY_MS = 3_000;

export function Tables() {
  const { value, trouble } = useAsked<{ tables: Table[]; current: number }>("permits/tables", EVERY_MS);
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.tables")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && (
        <p class="count-line" role="status">
          {t("tables.current", { n: value.current, total: value.tables.length })}
        </p>
      )}
      <ul class="tables">
        {value?.tables.map((table) => (
          <li key={table.device} data-device={table.device}>
            <p class="table-head">
              <a href={href({ page: "device", id: table.device, point: null })}>{controller(table)}</a>
              <span>{t("tables.users", { n: amount(table.users) })}</span>
              {table.since !== null && <Moment at={table.since} />}
            </p>
            <TableState table={table} />
            {table.said !== "" && table.said !== table.state && <p class="permit-more">{reason(table.said)}</p>}
          </li>
        ))}
      </ul>
    </main>
  );
}
