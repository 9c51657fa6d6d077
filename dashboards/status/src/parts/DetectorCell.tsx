// A detector as a small picture: its kind as a sign, its state as the shape around it. Never colour alone.

import { KINDS, type Detector, type Kind } from "../detector_shapes.ts";
import { look, tone, words } from "../show/detector.ts";
import { t } from "../texts.ts";

/** The sign of a kind, as it stands in a cell. */
export function sign(kind: Kind | null): string {
  return kind !== null && KINDS.includes(kind) ? t(`kind.${kind}.sign`) : "·";
}

/** The picture alone; the words stand beside it. */
export function DetectorPicture({ detector }: { detector: Detector }) {
  return (
    <span class={`cell ${tone(look(detector))}`} aria-hidden="true">
      {sign(detector.kind)}
    </span>
  );
}

/** The picture as a button that chooses the detector. */
export function DetectorCell({ detector, chosen, choose }: { detector: Detector; chosen: boolean; choose: () => void }) {
  return (
    <button
      type="button"
      class={`cell ${tone(look(detector))}`}
      aria-label={`${detector.name} ${words(detector).join(" ")}`}
      aria-pressed={chosen}
      data-detector={detector.id}
      onClick={choose}
    >
      {sign(detector.kind)}
    </button>
  );
}
