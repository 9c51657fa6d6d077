// 通行证: searched and paged by the gateway, with revocations that are still under way on top.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { post, Problem } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Permit, Permits as Page, Task } from "../door_shapes.ts";
import { Download } from "../parts/Download.tsx";
import { PermitRow } from "../parts/PermitRow.tsx";
import { TaskCard } from "../parts/TaskCard.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { amount } from "../show/value.ts";
import { useNames } from "../store/names.ts";
import { mayPermit } from "../store/session.ts";
import { t } from "../texts.ts";

const FILTERS = ["valid", "ending", "revoked", "blocked"] as const;
type Filter = (typeof FILTERS)[number];

const PAGE = 50;
/** People type faster than this; the gateway is asked when they pause. */
const PAUSE_MS = 250;
const TASKS_MS = 3_000;

interface Found {
  permits: readonly Permit[];
  total: number;
  next: string | null;
}

export function Permits() {
  const filter = useSignal<Filter>("valid");
  const wanted = useSignal("");
  const tasks = useAsked<{ tasks: Task[] }>("permits/tasks", TASKS_MS);
  const names = useNames();
  const { found, trouble, more, again } = usePermits(filter, wanted);
  const open = tasks.value?.tasks.filter((task) => task.closed === null) ?? [];
  return (
    <main id="content" class="narrow permits-page" tabIndex={-1}>
      <h1>{t("nav.permits")}</h1>
      <nav class="actions" aria-label={t("permits.actions")}>
        {mayPermit() && <a href={href({ page: "enrol" })}>{t("nav.enrol")}</a>}
        <a href={href({ page: "visitor" })}>{t("nav.visitor")}</a>
        {mayPermit() && <a href={href({ page: "import" })}>{t("nav.import")}</a>}
        <a href={href({ page: "tables" })}>{t("nav.tables")}</a>
        {mayPermit() && <Download path="permits/export" label={t("permits.export")} />}
      </nav>
      {open.length > 0 && (
        <section aria-labelledby="tasks-title">
          <h2 id="tasks-title">{t("task.title", { n: open.length })}</h2>
          <ul class="tasks">
            {open.map((task) => (
              <TaskCard key={task.id} task={task} />
            ))}
          </ul>
        </section>
      )}
      <div class="search">
        <input
          type="search"
          aria-label={t("permits.search")}
          placeholder={t("permits.search")}
          value={wanted.value}
          onInput={(event) => (wanted.value = event.currentTarget.value)}
        />
      </div>
      <div class="chips" role="group" aria-label={t("permits.filter")}>
        {FILTERS.map((one) => (
          <button key={one} type="button" class="chip" aria-pressed={filter.value === one} onClick={() => (filter.value = one)}>
            {t(`permits.${one}`)}
          </button>
        ))}
      </div>
      <Trouble problem={trouble.value} />
      {found.value === null ? (
        trouble.value === null && <p class="empty">{t("verdict.waiting")}</p>
      ) : (
        <>
          <p class="count-line" role="status">
            {t("permits.total", { n: amount(found.value.total) })}
          </p>
          <ul class="permits">
            {found.value.permits.map((permit) => (
              <PermitRow
                key={permit.id}
                permit={permit}
                names={names}
                ended={() => {
                  again();
                  tasks.again();
                }}
              />
            ))}
          </ul>
          {found.value.next !== null && (
            <button type="button" class="answer quiet" onClick={more}>
              {t("permits.more", { n: amount(found.value.total - found.value.permits.length) })}
            </button>
          )}
        </>
      )}
    </main>
  );
}

/** Permits as asked for; a later question makes the answers to earlier ones void. */
function usePermits(filter: Signal<Filter>, wanted: Signal<string>) {
  const found = useSignal<Found | null>(null);
  const trouble = useSignal<Problem | null>(null);
  const question = useRef(0);

  const ask = async (after: string, before: readonly Permit[], limit: number) => {
    const mine = ++question.current;
    const which = filter.value === "ending" ? { ending: true } : { standing: filter.value };
    try {
      // in a body: a name has no place in a URL
      const page = await post<Page>("permits/search", { q: wanted.value.trim(), ...which, limit, after });
      if (mine !== question.current) return;
      trouble.value = null;
      found.value = { ...page, permits: [...before, ...page.permits] };
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (mine === question.current) trouble.value = error;
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => void ask("", [], PAGE), found.value === null ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
  }, [filter.value, wanted.value]);

  return {
    found,
    trouble,
    more: () => void ask(found.value?.next ?? "", found.value?.permits ?? [], PAGE),
    again: () => void ask("", [], Math.max(PAGE, Math.min(found.value?.permits.length ?? PAGE, MOST))),
  };
}

/** The gateway gives no more at once. */
const MOST = 1_000;
