// The long work of one kind that is under way, on the page that began it; nothing where there is none.

import { useAsked } from "../asked.ts";
import type { Work, WorkKind } from "../history_shapes.ts";
import { t } from "../texts.ts";
import { WorkRow } from "./WorkRow.tsx";

const EVERY_MS = 3_000;

export function WorkNow({ kinds }: { kinds: readonly WorkKind[] }) {
  const { value } = useAsked<{ works: Work[] }>("works", EVERY_MS);
  const here = (value?.works ?? []).filter(({ kind, state }) => state === "running" && kinds.includes(kind));
  if (here.length === 0) return null;
  return (
    <ul class="works" aria-label={t("nav.works")}>
      {here.map((work) => (
        <WorkRow key={work.id} work={work} />
      ))}
    </ul>
  );
}
