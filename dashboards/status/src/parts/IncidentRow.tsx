// One incident of a list: where, what, who has it, and the time limit that ends first.

import type { Incident } from "../incident_shapes.ts";
import { href } from "../route.ts";
import { place, standing } from "../show/answering.ts";
import { pressing } from "../show/limit.ts";
import { t } from "../texts.ts";
import { LimitLine } from "./LimitLine.tsx";
import { PriorityMark } from "./PriorityMark.tsx";

export function IncidentRow({ incident }: { incident: Incident }) {
  const limit = pressing(incident);
  return (
    <li class={`door-row incident-row p${incident.priority}`} data-incident={incident.number}>
      <PriorityMark priority={incident.priority} />
      <div>
        <p class="door-name">
          <a href={href({ page: "incident", id: `${incident.number}` })}>
            {place(incident)} {incident.category.name}
          </a>
          {incident.simulated && <span class="tag">{t("alarm.simulated")}</span>}
        </p>
        <p class="door-words">{standing(incident)}</p>
        {limit !== null && <LimitLine limit={limit} />}
      </div>
    </li>
  );
}
