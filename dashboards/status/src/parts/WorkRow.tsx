// One piece of long work: what it is, a bar, and how far it is; no bar's end where nobody knows it.

import type { Work } from "../history_shapes.ts";
import { age } from "../show/time.ts";
import { amount, size } from "../show/value.ts";
import { lookup, t } from "../texts.ts";

export function WorkRow({ work }: { work: Work }) {
  const { id, kind, title, done, total, since_utc: since, state } = work;
  const name = t(`works.kind.${kind}`);
  return (
    <li class={`work ${state}`} data-work={id}>
      <p class="work-head">
        <b>{name}</b>
        {title !== "" && <span>{lookup(`works.title.${title}`, title)}</span>}
        <span class={state === "failed" ? "odd" : "work-state"}>
          {state === "running" ? t("works.since", { age: age(since * 1000) }) : t(`works.${state}`)}
        </span>
      </p>
      {state === "running" && (
        <p class="work-bar">
          {/* Without a value the bar moves by itself. */}
          <progress aria-label={name} {...(total !== null && { max: total, value: done })} />
          <span>{far(work)}</span>
        </p>
      )}
    </li>
  );
}

function far({ kind, done, total }: Work): string {
  if (total !== null) return t("works.of", { done: amount(done), total: amount(total) });
  if (done === 0) return "";
  return kind === "export" ? size(done) : amount(done);
}
