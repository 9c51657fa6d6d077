// A list of alarms that holds still while someone touches it, and puts together what comes in floods.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Alarm } from "../shapes.ts";
import type { Item } from "../show/flood.ts";
import { isUnanswered, open } from "../store/alarms.ts";
import { useLimits } from "../store/limits.ts";
import { t } from "../texts.ts";
import { AlarmGroup } from "./AlarmGroup.tsx";
import { AlarmRow } from "./AlarmRow.tsx";
import type { Picking } from "./picking.ts";
import { arrange, moves } from "./steady.ts";

/** After the finger left, rows stay where they are this much longer, for the second tap. */
const LINGER_MS = 1_500;
/** A tap within a person's reaction time after rows moved was meant for what stood there before. */
const REACTION_MS = 350;
/** A pointer or a focus that nobody moves any more was left there: it must not hold back the order for ever. */
const LEFT_MS = 15_000;

interface Shown {
  alarms: readonly Alarm[];
  /** Only so many rows; left out: all. */
  first?: number;
  picking?: Picking | undefined;
}

/** The alarms in the order given, except that no row moves under a finger, a pointer or the keyboard's focus. */
export function AlarmList({ alarms, first = Infinity, picking }: Shown) {
  const held = useSignal(false);
  const shown = useRef<readonly Item[]>([]);
  const known = useRef<ReadonlySet<number>>(new Set());
  const moved = useRef(-Infinity);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const limits = useLimits(alarms);

  const holding = held.value;
  const all = arrange(shown.current, known.current, alarms, holding);
  const items = holding ? all : all.slice(0, first);
  const fresh = holding ? alarms.filter((alarm) => !known.current.has(alarm.number) && isUnanswered(alarm)) : [];
  useEffect(() => {
    if (moves(shown.current, items)) moved.current = performance.now();
    if (holding) return;
    shown.current = items;
    known.current = new Set(alarms.map((alarm) => alarm.number));
  });
  useEffect(() => () => clearTimeout(timer.current), []);

  const releaseAfter = (ms: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (held.value = false), ms);
  };
  const hold = () => {
    held.value = true;
    releaseAfter(LEFT_MS);
  };
  const release = () => releaseAfter(LINGER_MS);
  const order = items.flatMap((item) => item.alarms);
  const row = (alarm: Alarm) => (
    <AlarmRow
      key={alarm.number}
      // A row that is over but still held in its place must not offer its button any more.
      alarm={open.value.get(alarm.number) ?? { ...alarm, state: "A" }}
      limit={limits.get(alarm.number)}
      picking={picking}
      order={order}
      settled={() => performance.now() - moved.current > REACTION_MS}
    />
  );
  return (
    <div class="alarm-list">
      {fresh.length > 0 && <Fresh alarms={fresh} look={() => (held.value = false)} />}
      <ul
        class="alarms"
        onPointerEnter={hold}
        onPointerMove={hold}
        onPointerDown={hold}
        onPointerLeave={release}
        onPointerUp={(event) => event.pointerType !== "mouse" && release()}
        onPointerCancel={release}
        onFocusIn={hold}
        onKeyDown={hold}
        onFocusOut={release}
      >
        {items.map((item) => {
          const [alarm] = item.alarms;
          if (item.by !== null) return <AlarmGroup key={item.key} item={item} picking={picking} row={row} />;
          return alarm === undefined ? null : row(alarm);
        })}
      </ul>
    </div>
  );
}

/** What came while the order is held: it stands last in the list, and this over it says so. */
function Fresh({ alarms, look }: { alarms: readonly Alarm[]; look: () => void }) {
  const worst = Math.min(...alarms.map((alarm) => alarm.priority));
  return (
    <div class="fresh-room">
      <button
        type="button"
        class={`fresh p${worst}`}
        onClick={(event) => {
          look();
          event.currentTarget.closest(".alarm-list")?.scrollIntoView({ block: "nearest" });
        }}
      >
        {t("alarms.fresh", { n: alarms.length })}
      </button>
    </div>
  );
}
