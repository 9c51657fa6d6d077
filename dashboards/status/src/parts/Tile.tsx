// A building in the overview: quiet when well, else its worst alarm by colour, shape and word.

import type { Signal } from "@preact/signals";
import type { Tile as Facts } from "../shapes.ts";
import { href } from "../route.ts";
import { silent } from "../store/overview.ts";
import { t } from "../texts.ts";
import { PriorityMark } from "./PriorityMark.tsx";

/** The tile of one building, a link to it. */
export function Tile({ tile }: { tile: Signal<Facts> }) {
  const facts = tile.value;
  const notes = abnormal(facts);
  const worst = facts.worst;
  const unsure = worst === null && facts.unheard + facts.offline + silent(facts.detectors) > 0;
  return (
    <a
      class={`tile${worst === null ? "" : ` p${worst}`}${facts.unanswered > 0 ? " unanswered" : ""}${unsure ? " unsure" : ""}`}
      href={href({ page: "building", id: facts.id })}
    >
      <span class="tile-head">
        <span class="tile-name">{facts.name}</span>
        {worst !== null && <PriorityMark priority={worst} />}
      </span>
      <span class="tile-notes">
        {worst !== null && <b>{t(`priority.${worst}`)}</b>}
        {notes.length > 0 ? notes.map((note) => <span key={note}>{note}</span>) : worst === null && <Quiet {...facts} />}
      </span>
    </a>
  );
}

function Quiet({ doors }: Facts) {
  return <span>{t("tile.doors", { n: doors })}</span>;
}

function abnormal(facts: Facts): string[] {
  const notes: string[] = [];
  if (facts.forced > 0) notes.push(t("tile.forced", { n: facts.forced }));
  if (facts.held > 0) notes.push(t("tile.held", { n: facts.held }));
  const passing = facts.open - facts.held - facts.forced;
  if (passing > 0) notes.push(t("tile.open", { n: passing }));
  if (facts.offline > 0) notes.push(t("tile.offline", { n: facts.offline }));
  if (silent(facts.detectors) > 0) notes.push(t("tile.silent", { n: silent(facts.detectors) }));
  if (facts.unheard > facts.offline) notes.push(t("tile.unheard", { n: facts.unheard - facts.offline }));
  return notes;
}
