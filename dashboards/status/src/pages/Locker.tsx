// A parcel locker as it stands: a cell for each compartment, what is to be done at one, and opening all with a second person.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import type { LockerDetail } from "../locker_shapes.ts";
import { CompartmentPanel } from "../parts/CompartmentPanel.tsx";
import { Compartments } from "../parts/Compartments.tsx";
import { OpenAlarms } from "../parts/OpenAlarms.tsx";
import { OpenAll } from "../parts/OpenAll.tsx";
import { OpenDialog } from "../parts/OpenDialog.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { troubles, whole } from "../show/locker.ts";
import { minute } from "../show/time.ts";
import { t } from "../texts.ts";
import { silence } from "./Lockers.tsx";

const EVERY_MS = 2_000;

export function Locker({ id, part }: { id: string; part: string | null }) {
  const path = `lockers/${encodeURIComponent(id)}`;
  const { value: locker, trouble, again } = useAsked<LockerDetail>(path, EVERY_MS);
  const opening = useSignal<string | null>(null);
  if (locker === null) {
    return (
      <main id="content" class="narrow" tabIndex={-1}>
        <h1>{trouble === null ? t("verdict.waiting") : t("lockers.unknown")}</h1>
        <Trouble problem={trouble} />
      </main>
    );
  }
  const name = whole(locker);
  const chosen = locker.compartments.find((one) => one.part === part);
  return (
    <main id="content" class="locker-page" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "lockers" })}>{t("nav.lockers")}</a>
      </p>
      <h1>{name}</h1>
      <Trouble problem={trouble} />
      <State locker={locker} />
      <OpenAlarms of={locker.open_alarms} />
      <section aria-labelledby="compartments-title">
        <h2 id="compartments-title">{t("locker.picture")}</h2>
        <Compartments locker={locker.id} compartments={locker.compartments} chosen={part} />
        <CompartmentPanel
          path={path}
          name={name}
          chosen={chosen}
          canOpen={chosen !== undefined && locker.commands.includes(`${chosen.part}.open`)}
          open={() => (opening.value = part)}
          changed={again}
        />
      </section>
      <OpenAll path={path} name={name} pending={locker.open_all} changed={again} />
      {opening.value !== null && (
        <OpenDialog
          path={path}
          name={name}
          part={opening.value}
          leave={() => {
            opening.value = null;
            again();
          }}
        />
      )}
    </main>
  );
}

function State({ locker }: { locker: LockerDetail }) {
  const doubt = silence(locker);
  const odd = [
    ...(doubt === null ? [] : [doubt]),
    ...troubles(locker),
    ...(locker.codes_locked_until === null
      ? []
      : [t("locker.codes_locked", { time: minute(Date.parse(locker.codes_locked_until)) })]),
  ];
  return (
    <p class="locker-state" role="status">
      <b>{t("locker.counts", { empty: locker.empty, occupied: locker.occupied })}</b>
      {odd.map((word) => (
        <span key={word} class="odd">
          {word}
        </span>
      ))}
      <a href={href({ page: "device", id: locker.id, point: null })}>{t("locker.device")}</a>
    </p>
  );
}
