// Where somebody walks: a building, a unit, floors, kinds; and how many detectors that is.

import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { useDetectors } from "../detectors_asked.ts";
import { KINDS, type Detector, type Kind } from "../detector_shapes.ts";
import { entrance as unitName } from "../show/detector.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";
import { Trouble } from "./Trouble.tsx";

/** What the gateway takes instead of a list of detectors. */
export interface Places {
  building: string;
  entrance: string;
  floor_from: number | null;
  floor_to: number | null;
  kinds: readonly Kind[];
}

interface Asked {
  /** What is said of those chosen: "12 待挂装". */
  said: (chosen: readonly Detector[]) => string;
  act: string;
  busy: boolean;
  begin: (places: Places) => void;
}

/** Nobody's list changes while he fills in a form. */
const EVERY_MS = 30_000;

export function PlacesForm({ said, act, busy, begin }: Asked) {
  const places = useSignal<Places>({ building: "", entrance: "", floor_from: null, floor_to: null, kinds: [] });
  const now = places.value;
  const change = (part: Partial<Places>) => (places.value = { ...now, ...part });
  const query = now.building === "" ? null : `building=${encodeURIComponent(now.building)}`;
  const { rows, trouble } = useDetectors(query, Infinity, EVERY_MS);
  const here = (rows ?? []).filter(({ entrance }) => now.entrance === "" || entrance === now.entrance);
  const units = [...new Set((rows ?? []).map(({ entrance }) => entrance))];
  const floors = [...new Set(here.map(({ floor }) => floor))].sort((a, b) => a - b);
  const kinds = KINDS.filter((kind) => here.some((detector) => detector.kind === kind));
  const chosen = here.filter((detector) => fits(detector, now));
  return (
    <form
      class="form panel places"
      onSubmit={(event) => {
        event.preventDefault();
        begin(now);
      }}
    >
      <Choice
        label={t("places.building")}
        value={now.building}
        all={t("places.choose")}
        choices={overview.buildings.value.map((id) => [id, overview.tile(id)?.peek().name ?? id])}
        choose={(building) => (places.value = { building, entrance: "", floor_from: null, floor_to: null, kinds: now.kinds })}
      />
      {units.length > 1 && (
        <Choice
          label={t("places.unit")}
          value={now.entrance}
          all={t("places.all")}
          choices={units.map((unit) => [unit, unitName(unit)])}
          choose={(entrance) => change({ entrance, floor_from: null, floor_to: null })}
        />
      )}
      {floors.length > 1 && (
        <div class="two-fields">
          {(["floor_from", "floor_to"] as const).map((end) => (
            <Choice
              key={end}
              label={t(`places.${end}`)}
              value={now[end] === null ? "" : String(now[end])}
              all={t("places.all")}
              choices={floors.map((floor) => [String(floor), t("floors.floor", { n: floor })])}
              choose={(floor) => change({ [end]: floor === "" ? null : Number(floor) })}
            />
          ))}
        </div>
      )}
      {kinds.length > 1 && (
        <div class="chips" role="group" aria-label={t("places.kinds")}>
          {kinds.map((kind) => (
            <button
              key={kind}
              type="button"
              class="chip"
              aria-pressed={now.kinds.includes(kind)}
              onClick={() => change({ kinds: turned(now.kinds, kind) })}
            >
              {t(`kind.${kind}`)}
            </button>
          ))}
        </div>
      )}
      <Trouble problem={trouble} />
      {rows !== null && (
        <p class="field-note" role="status">
          {said(chosen)}
        </p>
      )}
      <button type="submit" class="answer" aria-disabled={busy} disabled={chosen.length === 0}>
        {busy ? t("alarm.sending") : act}
      </button>
    </form>
  );
}

interface Choosing {
  label: string;
  value: string;
  /** What stands for no choice. */
  all: string;
  choices: readonly (readonly [value: string, label: string])[];
  choose: (value: string) => void;
}

function Choice({ label, value, all, choices, choose }: Choosing) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">{all}</option>
        {choices.map(([one, name]) => (
          <option key={one} value={one}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** The gateway chooses the same. No kind chosen means all of them. */
function fits({ floor, kind }: Detector, { floor_from: from, floor_to: to, kinds }: Places): boolean {
  return (
    (from === null || floor >= from) &&
    (to === null || floor <= to) &&
    (kinds.length === 0 || (kind !== null && kinds.includes(kind)))
  );
}

function turned(kinds: readonly Kind[], kind: Kind): Kind[] {
  return kinds.includes(kind) ? kinds.filter((one) => one !== kind) : [...kinds, kind];
}
