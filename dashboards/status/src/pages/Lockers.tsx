// 快递柜: all cabinets, worst first.

import { useAsked } from "../asked.ts";
import type { Locker, Lockers as Page } from "../locker_shapes.ts";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { troubles, whole, worstFirst } from "../show/locker.ts";
import { age } from "../show/time.ts";
import { withReason } from "../show/value.ts";
import { t } from "../texts.ts";

const EVERY_MS = 5_000;
/** More than a compound has. */
const MOST = 500;

export function Lockers() {
  const { value, trouble } = useAsked<Page>(`lockers?limit=${MOST}`, EVERY_MS);
  const lockers = value?.lockers ?? [];
  const overdue = lockers.reduce((sum, locker) => sum + locker.overdue, 0);
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("nav.lockers")}</h1>
      <nav class="actions" aria-label={t("lockers.actions")}>
        <a href={href({ page: "overdue" })}>
          {t("nav.overdue")} {overdue > 0 && overdue}
        </a>
      </nav>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && lockers.length === 0 && <p class="empty">{t("lockers.none")}</p>}
      <ul class="door-rows lockers">
        {worstFirst(lockers).map((locker) => (
          <Row key={locker.id} locker={locker} />
        ))}
      </ul>
    </main>
  );
}

function Row({ locker }: { locker: Locker }) {
  const worst = locker.forced > 0 ? 2 : locker.worst;
  const odd = troubles(locker);
  const doubt = silence(locker);
  const mark = worst ?? (doubt === null ? null : 3);
  return (
    <li class={`door-row${worst === null ? "" : ` p${worst}`}${doubt === null ? "" : " unsure"}`} data-locker={locker.id}>
      {mark === null ? <CalmMark /> : <PriorityMark priority={mark} />}
      <div>
        <p class="door-name">
          <a href={href({ page: "locker", id: locker.id, part: null })}>{whole(locker)}</a>
          <span>{t("locker.compartments", { n: locker.compartments })}</span>
        </p>
        {doubt !== null && <p class="door-words">{doubt}</p>}
        <p class="door-words">{t("locker.counts", { empty: locker.empty, occupied: locker.occupied })}</p>
        {odd.length > 0 && <p class="door-words odd">{odd.join(" · ")}</p>}
      </div>
    </li>
  );
}

/** Why a cabinet's counts are what was heard last, or null when they are so now. */
export function silence({ link, why, fresh, heard }: Pick<Locker, "link" | "why" | "fresh" | "heard">): string | null {
  if (link !== "up") return withReason(t(`link.${link}`), why);
  if (fresh) return null;
  return heard === null ? t("link.never") : t("link.stale", { age: age(Date.parse(heard)) });
}
