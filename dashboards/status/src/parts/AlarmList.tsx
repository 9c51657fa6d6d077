// A list of alarms that holds still while someone touches it.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Alarm } from "../shapes.ts";
import { open } from "../store/alarms.ts";
import { AlarmRow } from "./AlarmRow.tsx";
import { arrange, moves } from "./steady.ts";

/** After the finger left, rows stay where they are this much longer, for the second tap. */
const LINGER_MS = 1_500;
/** A tap within a person's reaction time after rows moved was meant for what stood there before. */
const REACTION_MS = 350;

/** The alarms in the order given, except that no row moves under a finger, a pointer or the keyboard's focus. */
export function AlarmList({ alarms }: { alarms: readonly Alarm[] }) {
  const held = useSignal(false);
  const shown = useRef<readonly Alarm[]>([]);
  const moved = useRef(-Infinity);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const rows = arrange(shown.current, alarms, held.value);
  useEffect(() => {
    if (moves(shown.current, rows)) moved.current = performance.now();
    shown.current = rows;
  });
  useEffect(() => () => clearTimeout(timer.current), []);

  const hold = () => {
    clearTimeout(timer.current);
    held.value = true;
  };
  const release = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => (held.value = false), LINGER_MS);
  };
  return (
    <ul
      class="alarms"
      onPointerEnter={hold}
      onPointerDown={hold}
      onPointerLeave={release}
      onPointerUp={(event) => event.pointerType !== "mouse" && release()}
      onPointerCancel={release}
      onFocusIn={hold}
      onFocusOut={release}
    >
      {rows.map((alarm) => (
        <AlarmRow
          key={alarm.number}
          // A row that is over but still held in its place must not offer its button any more.
          alarm={open.value.get(alarm.number) ?? { ...alarm, state: "A" }}
          settled={() => performance.now() - moved.current > REACTION_MS}
        />
      ))}
    </ul>
  );
}
