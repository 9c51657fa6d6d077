// What the overview says when data is not kept or not carried out: one quiet line for each thing, nothing when all is well.

import { useEffect } from "preact/hooks";
import { href } from "../route.ts";
import type { Alarm, Stores } from "../shapes.ts";
import { lost } from "../show/stores.ts";
import { age } from "../show/time.ts";
import { amount } from "../show/value.ts";
import { sorted } from "../store/alarms.ts";
import { mayWatch } from "../store/session.ts";
import { stores, watch } from "../store/stores.ts";
import { lookup, t } from "../texts.ts";
import { PriorityMark } from "./PriorityMark.tsx";

const RULES = new Set([
  "disk_scarce",
  "store_damaged",
  "telemetry_dropped",
  "outlet_failing",
  "outlet_refused",
  "backup_overdue",
]);

/** The stores' alarms tell that something is wrong; how much of it is asked for only then, by those who may. */
export function StoreNotes() {
  const wrong = sorted.value.filter((alarm) => alarm.active && RULES.has(alarm.rule));
  return wrong.length === 0 ? null : <Notes wrong={wrong} />;
}

function Notes({ wrong }: { wrong: readonly Alarm[] }) {
  const may = mayWatch();
  useEffect(() => (may ? watch() : undefined), [may]);
  return (
    <ul class="store-notes">
      {wrong.map((alarm) => (
        <li key={alarm.number}>
          <PriorityMark priority={alarm.priority} />
          {may ? <a href={href({ page: "data" })}>{note(alarm, stores.value)}</a> : note(alarm, null)}
        </li>
      ))}
    </ul>
  );
}

function note(alarm: Alarm, known: Stores | null): string {
  const outlet = known?.outlets.find((one) => one.id === alarm.source);
  const [reasons, dropped] = lost(known?.outbox.lost ?? {});
  if (alarm.rule === "disk_scarce") return t("note.disk_scarce");
  if (alarm.rule === "telemetry_dropped" && dropped > 0) {
    return t("note.telemetry_dropped", { n: amount(dropped), why: reasons });
  }
  if (alarm.rule === "outlet_failing" && outlet !== undefined) {
    const { id, backlog } = outlet;
    return t("note.outlet_failing", { id, state: t(`outlet.${outlet.state}`), n: amount(backlog.points) });
  }
  if (alarm.rule === "outlet_refused" && outlet !== undefined && outlet.refused > 0) {
    return t("note.outlet_refused", { id: outlet.id, n: amount(outlet.refused) });
  }
  const last = known?.backups.map((backup) => backup.last).sort()[0];
  if (alarm.rule === "backup_overdue" && last) return t("note.backup_overdue", { age: age(Date.parse(last)) });
  return lookup(`alarm.${alarm.rule}`, alarm.rule);
}
