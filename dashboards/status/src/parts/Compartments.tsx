// A locker drawn: columns of compartments as tall as they are, each with its number; what is odd has a shape and a colour.

import type { Compartment } from "../locker_shapes.ts";
import { href } from "../route.ts";
import { compartmentName, label, LOOKS, tone, words } from "../show/locker.ts";
import { t } from "../texts.ts";

interface Drawn {
  locker: string;
  compartments: readonly Compartment[];
  chosen: string | null;
}

export function Compartments({ locker, compartments, chosen }: Drawn) {
  const looks = LOOKS.filter((one) => compartments.some(({ state }) => state === one));
  return (
    <>
      <ul class="legend">
        {looks.map((state) => (
          <li key={state}>
            <span class={`compartment ${tone({ state, sure: true })}`} aria-hidden="true" /> {t(`compartment.${state}`)}
          </li>
        ))}
      </ul>
      <div class="cabinet" tabIndex={0} role="group" aria-labelledby="compartments-title">
        <div class="cabinet-grid">
          {compartments.map((one) => (
            <a
              key={one.part}
              class={`compartment size-${one.size} ${tone(one)}`}
              href={href({ page: "locker", id: locker, part: one.part })}
              aria-label={`${compartmentName(one.part)} ${words(one).join(" ")}`}
              aria-current={one.part === chosen ? "true" : undefined}
              data-part={one.part}
            >
              {label(one.part)}
            </a>
          ))}
        </div>
      </div>
    </>
  );
}
