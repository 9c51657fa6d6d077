// A building in the overview: quiet when well, else its worst alarm by colour, shape and word.

import type { Signal } from "@preact/signals";
import type { Tile as Facts } from "../shapes.ts";
import { href } from "../route.ts";
import { abnormal, toneOf } from "../show/building.ts";
import { t } from "../texts.ts";
import { PriorityMark } from "./PriorityMark.tsx";

/** The tile of one building, a link to it. */
export function Tile({ tile }: { tile: Signal<Facts> }) {
  const facts = tile.value;
  const notes = abnormal(facts);
  const worst = facts.worst;
  return (
    <a class={`tile ${toneOf(facts)}`} href={href({ page: "building", id: facts.id })}>
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
