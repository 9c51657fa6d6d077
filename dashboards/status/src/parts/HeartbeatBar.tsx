// The last day of a device in pieces: heard, heard in part, not heard. Height and colour say the same.

import { minute } from "../show/time.ts";
import { t } from "../texts.ts";

const PIECE = 4;
const GAP = 1;
const HEIGHT = 20;
/** How high a piece stands, by its letter: what was not heard is a stub. */
const HEIGHTS: Readonly<Record<string, number>> = { h: HEIGHT, p: 12, n: 5, "-": 2 };

interface Shown {
  name: string;
  bar: string;
  /** When the first piece begins and how long each is, in seconds. */
  from: number;
  seconds: number;
}

export function HeartbeatBar({ name, bar, from, seconds }: Shown) {
  const letters = [...bar];
  const [part, none] = [count(letters, "p"), count(letters, "n")];
  const recorded = letters.some((letter) => letter !== "-");
  const label = recorded ? t("health.bar", { name, part, none, all: letters.length }) : t("health.bar_none", { name });
  return (
    <svg
      class="beats"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${letters.length * (PIECE + GAP) - GAP} ${HEIGHT}`}
      preserveAspectRatio="none"
    >
      {letters.map((letter, place) => {
        const height = HEIGHTS[letter] ?? 0;
        return (
          <rect key={place} class={`beat-${letter === "-" ? "none" : letter}`} x={place * (PIECE + GAP)} y={HEIGHT - height} width={PIECE} height={height}>
            <title>{`${minute((from + place * seconds) * 1000)} ${word(letter)}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}

function word(letter: string): string {
  if (letter === "h") return t("health.beat.heard");
  if (letter === "p") return t("health.beat.part");
  return t(letter === "n" ? "health.beat.not" : "health.beat.unrecorded");
}

function count(letters: readonly string[], wanted: string): number {
  return letters.filter((letter) => letter === wanted).length;
}
