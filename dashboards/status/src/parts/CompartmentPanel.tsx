// The compartment that was tapped: how it stands, since when, and what can be done there.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import type { Compartment } from "../locker_shapes.ts";
import { compartmentName, markOf, words } from "../show/locker.ts";
import { mayAnswer } from "../store/session.ts";
import { t } from "../texts.ts";
import { Moment } from "./Moment.tsx";
import { PriorityMark } from "./PriorityMark.tsx";
import { WordDialog } from "./WordDialog.tsx";

type Act = "reset" | "out" | "back";

interface Shown {
  path: string;
  name: string;
  chosen: Compartment | undefined;
  canOpen: boolean;
  open: () => void;
  changed: () => void;
}

export function CompartmentPanel({ path, name, chosen, canOpen, open, changed }: Shown) {
  const act = useSignal<Act | null>(null);
  if (chosen === undefined) return <p class="cell-said">{t("compartment.tap")}</p>;
  const mark = markOf(chosen.state);
  const full = `${name} ${compartmentName(chosen.part)}`;
  const acts = possible(chosen);
  return (
    <div class="cell-said told compartment-said" role="status">
      <p>
        {mark !== null && <PriorityMark priority={mark} />}
        <b>{compartmentName(chosen.part)}</b>
        <span>{t(`compartment.size.${size(chosen)}`)}</span>
        <span class={mark === null ? "" : "odd"}>{words(chosen).join(" · ")}</span>
        {chosen.since !== null && <Moment at={chosen.since} />}
      </p>
      {mayAnswer() && (
        <div class="orders">
          {canOpen && (
            <button type="button" class="answer" onClick={open}>
              {t("compartment.do_open")}
            </button>
          )}
          {acts.map((one) => (
            <button key={one} type="button" class="answer quiet" onClick={() => (act.value = one)}>
              {t(`compartment.do.${one}`)}
            </button>
          ))}
        </div>
      )}
      {act.value !== null && (
        <ActDialog
          key={act.value}
          act={act.value}
          place={full}
          path={`${path}/compartments/${encodeURIComponent(chosen.part)}`}
          leave={() => {
            act.value = null;
            changed();
          }}
        />
      )}
    </div>
  );
}

function size({ size: known }: Compartment): "s" | "m" | "l" {
  return known === "m" || known === "l" ? known : "s";
}

/** What the gateway would not refuse in that state. */
function possible({ state }: Compartment): Act[] {
  if (state === "out_of_service") return ["back"];
  if (state === "forced") return ["reset"];
  return state === "jammed" ? ["reset", "out"] : ["out"];
}

interface Asked {
  act: Act;
  place: string;
  path: string;
  leave: () => void;
}

function ActDialog({ act, place, path, leave }: Asked) {
  const seen = act === "reset";
  const send = (word: string) => {
    if (seen) return post(`${path}/reset`, { note: word });
    return post(`${path}/service`, { out: act === "out", reason: word });
  };
  return (
    <WordDialog
      title={t(`compartment.ask.${act}`, { place })}
      {...(seen && { label: t("stops.seen") })}
      offered={seen ? [t("compartment.seen.shut"), t("compartment.seen.parcel")] : [t("reason.repair"), t("mount.broken")]}
      act={t(`compartment.do.${act}`)}
      send={send}
      leave={leave}
    >
      <p class="dialog-note">{t(`compartment.note.${act}`)}</p>
    </WordDialog>
  );
}
