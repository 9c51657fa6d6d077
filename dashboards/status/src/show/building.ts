// How a building stands, in words: what is not ordinary about it.

import type { Tile } from "../shapes.ts";
import { silent } from "../store/overview.ts";
import { t } from "../texts.ts";

/** What a glance must tell of a building, worst first; nothing when all is well. */
export function abnormal(facts: Tile): string[] {
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

/** Whether nothing is wrong there as far as is known, and something is not known. */
export function isUnsure(facts: Tile): boolean {
  return facts.worst === null && facts.unheard + facts.offline + silent(facts.detectors) > 0;
}

/** What an element that stands for a building is called for its colours. */
export function toneOf(facts: Tile): string {
  const words = facts.worst === null ? [] : [`p${facts.worst}`];
  if (facts.unanswered > 0) words.push("unanswered");
  if (isUnsure(facts)) words.push("unsure");
  return words.join(" ");
}
