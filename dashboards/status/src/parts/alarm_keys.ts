// The list of alarms by keyboard: j and k go through the rows, the others act on the one that is reached.

import { useEffect } from "preact/hooks";

export type Key = "a" | "n" | "s" | "?";

/** Calls `act` for keys that are not meant for a field or a dialog, with the number of the row that has the focus. */
export function useAlarmKeys(act: (key: Key, number: number | null) => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTakenByOthers(event.target)) return;
      const { key } = event;
      if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
      else if (key === "a" || key === "n" || key === "s" || key === "?") act(key, reached());
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });
}

function isTakenByOthers(target: EventTarget | null): boolean {
  return document.querySelector("dialog[open]") !== null || (target instanceof Element && target.matches("input, select, textarea"));
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("#content .alarm, #content .group-toggle")];
}

function step(by: number): void {
  const all = rows();
  const now = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[now < 0 ? 0 : Math.min(Math.max(now + by, 0), all.length - 1)];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function reached(): number | null {
  const row = document.activeElement?.closest<HTMLElement>(".alarm");
  return row?.dataset.number === undefined ? null : Number(row.dataset.number);
}
