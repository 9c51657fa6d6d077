// The alarms of one place as the stream has them now, the worst few of them, with their buttons.

import type { Alarm } from "../shapes.ts";
import { href } from "../route.ts";
import { isUnanswered, sorted } from "../store/alarms.ts";
import { t } from "../texts.ts";
import { AlarmList } from "./AlarmList.tsx";

/** What stands below must not be pushed out of sight by a cut contactor that silences a whole room. */
const FIRST = 3;

/** `of` says which alarms they are. */
export function OpenAlarms({ of }: { of: readonly Alarm[] }) {
  const numbers = new Set(of.map((alarm) => alarm.number));
  const found = sorted.value.filter((alarm) => numbers.has(alarm.number));
  if (found.length === 0) return null;
  return (
    <section aria-labelledby="alarms-title">
      <h2 id="alarms-title">{t("nav.alarms")}</h2>
      <AlarmList alarms={found.slice(0, FIRST)} />
      {found.length > FIRST && (
        <a class="more" href={href({ page: "alarms", tab: found.some(isUnanswered) ? "unanswered" : "answered" })}>
          {t("overview.alarms_all", { n: found.length })}
        </a>
      )}
    </section>
  );
}
