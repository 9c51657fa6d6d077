// How long there is left for the next thing, or since when it is late.

import type { Limit } from "../incident_shapes.ts";
import { left, stage } from "../show/limit.ts";

/** "到场时限 剩余 04:12". */
export function LimitLine({ limit }: { limit: Limit }) {
  const { words, look } = left(limit);
  return (
    <p class={`limit ${look}`}>
      {stage(limit)} <b>{words}</b>
    </p>
  );
}
