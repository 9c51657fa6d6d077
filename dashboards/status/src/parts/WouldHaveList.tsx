// What would have followed by itself from alarms on trial.

import type { WouldHave } from "../safety_shapes.ts";
import { followed } from "../show/safety.ts";
import { lookup, t } from "../texts.ts";
import { Moment } from "./Moment.tsx";

export function WouldHaveList({ found }: { found: readonly WouldHave[] }) {
  return (
    <>
      {found.length === 0 && <p class="empty">{t("trial.nothing")}</p>}
      <ul class="passages">
        {found.map((one) => (
          <li key={one.alarm}>
            <Moment at={one.raised} />
            <p>
              <b>
                {one.place} {lookup(`alarm.${one.rule}`, one.rule)}
              </b>
              {followed(one).map((word) => (
                <span key={word}>{word}</span>
              ))}
            </p>
          </li>
        ))}
      </ul>
    </>
  );
}
