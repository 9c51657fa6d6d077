// 超时未取: parcels that have lain for too long, the longest first.

import { useAsked } from "../asked.ts";
import type { OverdueParcel } from "../locker_shapes.ts";
import { PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { compartmentName } from "../show/locker.ts";
import { moment } from "../show/time.ts";
import { t } from "../texts.ts";

const EVERY_MS = 15_000;
const MOST = 1_000;

export function Overdue() {
  const { value, trouble } = useAsked<{ overdue: OverdueParcel[]; total: number }>(`lockers/overdue?limit=${MOST}`, EVERY_MS);
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "lockers" })}>{t("nav.lockers")}</a>
      </p>
      <h1>{t("nav.overdue")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && (
        <p class="count-line" role="status">
          {value.total === 0 ? t("overdue.none") : t("overdue.total", { n: value.total })}
        </p>
      )}
      <ul class="door-rows">
        {value?.overdue.map((parcel) => (
          <li key={`${parcel.cabinet}/${parcel.part}`} class="door-row p4" data-part={`${parcel.cabinet}/${parcel.part}`}>
            <PriorityMark priority={4} />
            <div>
              <p class="door-name">
                <a href={href({ page: "locker", id: parcel.cabinet, part: parcel.part })}>
                  {parcel.cabinet_name} {compartmentName(parcel.part)}
                </a>
              </p>
              <p class="door-words">
                {t("compartment.hours", { n: Math.floor(parcel.hours) })}
                {parcel.since !== null && ` · ${t("overdue.since", { time: moment(Date.parse(parcel.since)) })}`}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </main>
  );
}
