// A building's detectors: what is odd first, then each unit as it stands: floors by flats, a cell for each detector.

import { useSignal } from "@preact/signals";
import { useDetectors } from "../detectors_asked.ts";
import type { Detector } from "../detector_shapes.ts";
import { DetectorCell, DetectorPicture } from "../parts/DetectorCell.tsx";
import { DetectorRow } from "../parts/DetectorRow.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { entrance as unitName, isOdd, look, LOOKS, tone, words, worstFirst } from "../show/detector.ts";
import { amount } from "../show/value.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";

const EVERY_MS = 5_000;
const FIRST = 6;

export function Floors({ id, entrance }: { id: string; entrance: string | null }) {
  const { rows, trouble } = useDetectors(`building=${encodeURIComponent(id)}`, Infinity, EVERY_MS);
  const odd = worstFirst((rows ?? []).filter(isOdd));
  const all = useSignal(false);
  const units = [...new Set((rows ?? []).map((detector) => detector.entrance))];
  const shown = entrance !== null && units.includes(entrance) ? entrance : (odd[0]?.entrance ?? units[0] ?? "");
  return (
    <main id="content" class="detectors-page" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "detectors" })}>{t("nav.detectors")}</a>
      </p>
      <h1>{overview.tile(id)?.value.name ?? id}</h1>
      <Trouble problem={trouble} />
      {rows === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {rows !== null && rows.length === 0 && <p class="empty">{t("detectors.none")}</p>}
      {rows !== null && rows.length > 0 && (
        <>
          <section aria-labelledby="odd-title">
            <h2 id="odd-title">{t("floors.odd", { n: amount(odd.length), total: amount(rows.length) })}</h2>
            <ul class="door-rows">
              {(all.value ? odd : odd.slice(0, FIRST)).map((detector) => (
                <DetectorRow key={detector.id} detector={detector} />
              ))}
            </ul>
            {odd.length > FIRST && !all.value && (
              <button type="button" class="answer quiet more-rows" onClick={() => (all.value = true)}>
                {t("detectors.more", { n: amount(odd.length - FIRST) })}
              </button>
            )}
          </section>
          {units.length > 1 && (
            <nav class="tabs" aria-label={t("floors.units")}>
              {units.map((unit) => (
                <a
                  key={unit}
                  href={href({ page: "floors", id, entrance: unit })}
                  aria-current={unit === shown ? "page" : undefined}
                >
                  {unitName(unit)}
                </a>
              ))}
            </nav>
          )}
          <Unit key={shown} name={shown} detectors={rows.filter((detector) => detector.entrance === shown)} />
        </>
      )}
    </main>
  );
}

function Unit({ name, detectors }: { name: string; detectors: readonly Detector[] }) {
  const chosen = useSignal("");
  const told = detectors.find((detector) => detector.id === chosen.value);
  const looks = LOOKS.filter((one) => detectors.some((detector) => look(detector) === one));
  return (
    <section aria-labelledby="unit-title">
      <h2 id="unit-title">{t("floors.picture", { unit: unitName(name) })}</h2>
      <ul class="legend">
        {looks.map((one) => (
          <li key={one}>
            <span class={`cell ${tone(one)}`} aria-hidden="true" /> {t(`detector.${one}`)}
          </li>
        ))}
      </ul>
      <div class="floors" tabIndex={0} role="group" aria-labelledby="unit-title">
        {floors(detectors).map(([floor, flats]) => (
          <div key={floor} class="floor">
            <span class="floor-name">{floor === 0 ? t("floors.elsewhere") : t("floors.floor", { n: floor })}</span>
            {flats.map(([flat, here]) => (
              <span key={flat} class="flat">
                {here.map((detector) => (
                  <DetectorCell
                    key={detector.id}
                    detector={detector}
                    chosen={detector.id === chosen.value}
                    choose={() => (chosen.value = detector.id)}
                  />
                ))}
                <span class="flat-name">{flat || t("floors.common")}</span>
              </span>
            ))}
          </div>
        ))}
      </div>
      <p class={`cell-said${told === undefined ? "" : " told"}`} role="status">
        {told === undefined ? (
          t("floors.tap")
        ) : (
          <>
            <DetectorPicture detector={told} />
            <a href={href({ page: "detector", id: told.id, point: null })}>{told.name}</a>
            <span>{words(told).join(" · ")}</span>
          </>
        )}
      </p>
    </section>
  );
}

/** Floors from the top down, each with its flats in order; common parts of a floor last. */
function floors(detectors: readonly Detector[]): [floor: number, flats: [flat: string, here: Detector[]][]][] {
  const found = new Map<number, Map<string, Detector[]>>();
  for (const detector of detectors) {
    const flats = found.get(detector.floor) ?? new Map<string, Detector[]>();
    found.set(detector.floor, flats.set(detector.flat, [...(flats.get(detector.flat) ?? []), detector]));
  }
  const inOrder = ([a]: [string, unknown], [b]: [string, unknown]) =>
    Number(a === "") - Number(b === "") || a.localeCompare(b, undefined, { numeric: true });
  return [...found].sort(([a], [b]) => b - a).map(([floor, flats]) => [floor, [...flats].sort(inOrder)]);
}
