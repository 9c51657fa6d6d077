// What became of a command: what the device confirmed, never more.

import type { Problem } from "../ask.ts";
import type { Ended } from "../door_shapes.ts";
import { refusal } from "../show/door.ts";
import { reason } from "../show/value.ts";
import { proving } from "../store/proving.ts";
import { t } from "../texts.ts";
import { CalmMark, PriorityMark } from "./PriorityMark.tsx";

/** `done` is said only when the device confirmed it, `unknown` when it did not answer. */
export function Outcome({ ended, done, unknown }: { ended: Ended; done: string; unknown: string }) {
  const { outcome, why } = ended;
  const said = reason(why);
  if (outcome === "done") {
    return (
      <p class="outcome done">
        <CalmMark />
        {done}
      </p>
    );
  }
  return (
    <p class={`outcome ${outcome}`}>
      <PriorityMark priority={outcome === "refused" ? 3 : 2} />
      <span>
        {outcome === "unknown" ? unknown : t(`command.${outcome}`)}
        {said !== "" && <small>{said}</small>}
      </span>
    </p>
  );
}

/** `said` of what was sent, which is not so while somebody is asked to prove himself first. */
export function Sent({ said }: { said: string }) {
  return <p class="outcome waiting">{proving.value ? t("command.unproved") : said}</p>;
}

/** What the gateway refused; no answer at all, or none from its disk, leaves open what happened. */
export function Refused({ problem, unknown }: { problem: Problem; unknown: string }) {
  const open = (problem.status === 0 || problem.status >= 500) && problem.code !== "unproved";
  return (
    <p class={`outcome ${open ? "unknown" : "refused"}`}>
      <PriorityMark priority={open ? 2 : 3} />
      <span>
        {open ? unknown : t("command.refused")}
        <small>{refusal(problem)}</small>
        {problem.details.map((one) => (
          <small key={one}>{reason(one)}</small>
        ))}
      </span>
    </p>
  );
}
