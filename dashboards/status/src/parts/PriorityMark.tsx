// A priority by shape, never by colour alone: octagon, triangle, square, circle. The word stands beside it or in the label.

import type { Priority } from "../shapes.ts";

const SHAPES: Record<Priority, string> = {
  1: "M6.6 1h6.8L19 6.6v6.8L13.4 19H6.6L1 13.4V6.6z",
  2: "M10 1.4 19.2 18H.8z",
  3: "M3.5 2h13A1.5 1.5 0 0 1 18 3.5v13a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 2 16.5v-13A1.5 1.5 0 0 1 3.5 2z",
  4: "M10 1.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17z",
};

const STROKES: Record<Priority, string> = {
  1: "M10 5v6M10 13.6v1.6",
  2: "M10 7v5.4M10 14.2v1.5",
  3: "M6.5 10h7",
  4: "M10 9v5.4M10 5.6v1.6",
};

/** The mark of a priority; decoration for those who read the word. */
export function PriorityMark({ priority }: { priority: Priority }) {
  return (
    <svg class={`mark p${priority}`} viewBox="0 0 20 20" aria-hidden="true">
      <path class="mark-shape" d={SHAPES[priority]} />
      <path class="mark-stroke" d={STROKES[priority]} />
    </svg>
  );
}

/** The mark of what is as it should be. */
export function CalmMark() {
  return (
    <svg class="mark calm" viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r="8.6" />
      <path d="M6 10.3 8.9 13 14 7.4" />
    </svg>
  );
}
