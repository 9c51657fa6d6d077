// Alarms of a flood with the same cause or in the same building, as one row that opens.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Alarm, Priority } from "../shapes.ts";
import { what } from "../show/alarm.ts";
import type { Item } from "../show/flood.ts";
import { isUnanswered } from "../store/alarms.ts";
import { t } from "../texts.ts";
import { isPickable, pick, type Picking } from "./picking.ts";
import { PriorityMark } from "./PriorityMark.tsx";

/** As many of what differs in a group are named; the rest is counted. */
const NAMED = 4;

interface Shown {
  item: Item;
  picking: Picking | undefined;
  row: (alarm: Alarm) => ComponentChildren;
}

export function AlarmGroup({ item: { alarms, by }, picking, row }: Shown) {
  const open = useSignal(false);
  const worst = Math.min(...alarms.map((alarm) => alarm.priority)) as Priority;
  const waiting = alarms.filter(isUnanswered).length;
  const [first] = alarms;
  if (first === undefined) return null;
  return (
    <li class={`alarm-group p${worst}${waiting > 0 ? " unanswered" : ""}`}>
      <div class="group-head">
        {picking?.on.value === true && (
          <label class="pick">
            <input
              type="checkbox"
              aria-label={t("alarms.pick_group", { n: alarms.length })}
              checked={alarms.filter(isPickable).every((alarm) => picking.chosen.value.has(alarm.number))}
              onChange={() => pick(picking, alarms, false, alarms)}
            />
          </label>
        )}
        <button type="button" class="group-toggle" aria-expanded={open.value} onClick={() => (open.value = !open.value)}>
          <PriorityMark priority={worst} />
          <span class="group-said">
            <span class="alarm-priority">{t(`priority.${worst}`)}</span>{" "}
            <b>{by === "rule" ? what(first) : first.place.building_name}</b>
            <span class="group-others">{others(alarms, by)}</span>
          </span>
          <span class="group-count">{t("alarms.in_group", { n: alarms.length })}</span>
        </button>
      </div>
      {open.value && <ul class="alarms">{alarms.map(row)}</ul>}
    </li>
  );
}

/** In which buildings, or what all: what the group's name does not say. */
function others(alarms: readonly Alarm[], by: Item["by"]): string {
  const names = alarms.map((alarm) => (by === "rule" ? alarm.place.building_name : what(alarm)));
  const different = [...new Set(names.filter((name) => name !== ""))];
  const more = different.length > NAMED ? [t("alarms.more", { n: different.length - NAMED })] : [];
  return [...different.slice(0, NAMED), ...more].join("、");
}
