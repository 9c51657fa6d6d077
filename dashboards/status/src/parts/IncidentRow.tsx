// One incident of a list: where, what, who has it, and the time limit that ends first.

import type { Incident } from "../incident_shapes.ts";
import { href } from "../route.ts";
import { left, place, pressing, standing } from "../show/answering.ts";
import { t } from "../texts.ts";
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

/** "到场 剩余 04:12". */
export function LimitLine({ limit }: { limit: Incident["limits"][number] }) {
  const { words, look } = left(limit);
  const stage = t("limit.stage", { stage: stageName(limit.stage) });
  return (
    <p class={`limit ${look}`}>
      {stage} <b>{words}</b>
    </p>
  );
}

function stageName(stage: string): string {
  switch (stage) {
    case "accept":
    case "assign":
    case "arrive":
    case "handle":
    case "feedback":
    case "verify":
    case "close":
      return t(`incident.stage.${stage}`);
    default:
      return stage;
  }
}
