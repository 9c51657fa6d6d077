// 住户: every permit of a household, and moving out: one action ends them all, followed until the last controller knows.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import type { Permit, Task } from "../door_shapes.ts";
import { PermitRow } from "../parts/PermitRow.tsx";
import { RevokeDialog } from "../parts/RevokeDialog.tsx";
import { TaskCard } from "../parts/TaskCard.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useNames } from "../store/names.ts";
import { mayMeet } from "../store/session.ts";
import { t } from "../texts.ts";

const TASKS_MS = 2_000;

export function Household({ id }: { id: string }) {
  const path = `households/${encodeURIComponent(id)}`;
  const known = useAsked<{ permits: Permit[] }>(path);
  const names = useNames();
  const tasks = useAsked<{ tasks: Task[] }>("permits/tasks", TASKS_MS);
  const leaving = useSignal(false);
  const permits = known.value?.permits ?? [];
  const valid = permits.filter((permit) => permit.standing === "valid");
  const ids = new Set(permits.map((permit) => permit.id));
  const mine = (tasks.value?.tasks ?? []).filter(
    (task) => task.household === id || task.permits.some((permit) => ids.has(permit)),
  );
  const ended = () => {
    known.again();
    tasks.again();
  };
  return (
    <main id="content" class="narrow permits-page" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "permits" })}>{t("nav.permits")}</a>
      </p>
      <h1>{t("household.title", { id })}</h1>
      <Trouble problem={known.trouble} />
      {known.value === null && known.trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {mine.length > 0 && (
        <ul class="tasks">
          {mine.map((task) => (
            <TaskCard key={task.id} task={task} />
          ))}
        </ul>
      )}
      {known.value !== null && mayMeet() && (
        <p class="orders">
          {valid.length > 0 ? (
            <button type="button" class="answer" onClick={() => (leaving.value = true)}>
              {t("household.leave")}
            </button>
          ) : (
            <span class="empty">{t("household.none_valid")}</span>
          )}
        </p>
      )}
      <ul class="permits">
        {permits.map((permit) => (
          <PermitRow key={permit.id} permit={permit} names={names} ended={ended} />
        ))}
      </ul>
      {leaving.value && (
        <RevokeDialog
          title={t("household.leave_ask", { id, n: valid.length })}
          path={`${path}/revoke`}
          body={{}}
          act={t("household.leave_do", { n: valid.length })}
          offered={[t("reason.moved"), t("reason.lease")]}
          leave={(done) => {
            leaving.value = false;
            if (done) ended();
          }}
        >
          <ul class="leaving">
            {valid.map((permit) => (
              <li key={permit.id}>
                {permit.name} · {t(`permit.${permit.kind}`)} · {permit.groups.map((group) => names.groups.get(group) ?? group).join(" ")}
              </li>
            ))}
          </ul>
        </RevokeDialog>
      )}
    </main>
  );
}
