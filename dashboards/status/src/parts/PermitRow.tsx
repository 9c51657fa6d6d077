// One permit: whose, what it opens, how long; and ending it.

import { useSignal } from "@preact/signals";
import type { Permit } from "../door_shapes.ts";
import { href } from "../route.ts";
import type { Names } from "../store/names.ts";
import { validity } from "../show/permit.ts";
import { t } from "../texts.ts";
import { RevokeDialog } from "./RevokeDialog.tsx";

/** `ended` is called when the permit was revoked or blocked. */
export function PermitRow({ permit, names, ended }: { permit: Permit; names: Names; ended: () => void }) {
  const ending = useSignal<"revoke" | "block" | null>(null);
  const valid = permit.standing === "valid";
  const card = permit.kind === "card";
  return (
    <li class={`permit ${permit.standing}`} data-permit={permit.id}>
      <div class="permit-said">
        <p class="permit-head">
          <b>{permit.name}</b>
          {permit.household !== "" && (
            <a href={href({ page: "household", id: permit.household })}>{permit.household}</a>
          )}
          <span class="tag">{t(`permit.${permit.kind}`)}</span>
          {permit.visitor && <span class="tag">{t("permit.visitor")}</span>}
          {permit.standing !== "valid" && <span class={`tag ${permit.standing}`}>{t(`permit.${permit.standing}`)}</span>}
        </p>
        <p class="permit-more">
          {permit.groups.map((group) => names.groups.get(group) ?? group).join(" · ")}
          {permit.schedule !== "" && ` · ${names.schedules.get(permit.schedule) ?? permit.schedule}`} · {validity(permit)}
        </p>
        {permit.note !== "" && <p class="permit-more">{permit.note}</p>}
      </div>
      {valid && (
        <div class="permit-act">
          <button type="button" class="tool edged" onClick={() => (ending.value = "revoke")}>
            {t("permit.revoke")}
          </button>
          {card && (
            <button type="button" class="tool edged" onClick={() => (ending.value = "block")}>
              {t("permit.block")}
            </button>
          )}
        </div>
      )}
      {ending.value !== null && (
        <RevokeDialog
          title={t(`permit.${ending.value}_ask`, { name: permit.name })}
          path={`permits/${encodeURIComponent(permit.id)}/revoke`}
          body={{ block: ending.value === "block" }}
          act={t(`permit.${ending.value}`)}
          offered={[t("reason.lost"), t("reason.moved"), t("reason.mistake")]}
          leave={(done) => {
            ending.value = null;
            if (done) ended();
          }}
        >
          <p class="dialog-note">{t(`permit.${ending.value}_note`)}</p>
        </RevokeDialog>
      )}
    </li>
  );
}
