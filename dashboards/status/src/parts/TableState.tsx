// How far a controller has its permits: in words, and as a bar while it is written.

import type { TableState as State } from "../door_shapes.ts";
import { amount } from "../show/value.ts";
import { t } from "../texts.ts";

interface Facts {
  state: State | "none";
  left: number | null;
  total: number | null;
}

export function TableState({ table }: { table: Facts }) {
  const { state, left, total } = table;
  const writing = left !== null && total !== null && total > 0 && (state === "writing" || state === "behind");
  return (
    <span class={`table-state ${state}`}>
      <span>{t(`table.${state}`)}</span>
      {writing && (
        <>
          <progress max={total} value={total - left} aria-label={t("table.progress")} />
          <span>{t("table.written", { done: amount(total - left), total: amount(total) })}</span>
        </>
      )}
    </span>
  );
}
