// A revocation until every controller knows: how many do, and where the card still opens.

import type { Task } from "../door_shapes.ts";
import { progress } from "../show/permit.ts";
import { href } from "../route.ts";
import { t } from "../texts.ts";
import { Moment } from "./Moment.tsx";
import { CalmMark, PriorityMark } from "./PriorityMark.tsx";

export function TaskCard({ task }: { task: Task }) {
  const open = task.closed === null;
  const risky = task.controllers.some((controller) => !controller.done && controller.link !== "up");
  return (
    <li class={`task ${open ? (risky ? "risky" : "open") : "closed"}`} data-task={task.id}>
      {open ? <PriorityMark priority={risky ? 2 : 3} /> : <CalmMark />}
      <div>
        <p class="task-head">
          {task.household === "" ? (
            <span>{t("task.permits", { n: task.permits.length })}</span>
          ) : (
            <a href={href({ page: "household", id: task.household })}>{task.household}</a>
          )}
          <span>{t("task.asked", { by: task.by, reason: task.reason })}</span>
          <Moment at={task.at} />
        </p>
        <p class="task-progress" role="status">
          {progress(task)}
        </p>
        {open && <progress max={Math.max(task.total, 1)} value={task.done} aria-label={t("task.label")} />}
      </div>
    </li>
  );
}
