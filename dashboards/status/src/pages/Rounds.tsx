// 挂装: rounds that are under way, and beginning one. Sensors come in by the supplier's list.

import { useAsked } from "../asked.ts";
import { post } from "../ask.ts";
import type { Detector, Round } from "../detector_shapes.ts";
import { type Places, PlacesForm } from "../parts/PlacesForm.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { whole } from "../show/detector.ts";
import { t } from "../texts.ts";

const EVERY_MS = 3_000;

export function Rounds() {
  const { value, trouble } = useAsked<{ rounds: Round[] }>("rounds", EVERY_MS);
  const sending = useSending();
  const begin = async (places: Places) => {
    await sending.run(async () => {
      const round = await post<Round>("rounds", places);
      location.hash = href({ page: "round", id: round.id });
    });
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "detectors" })}>{t("nav.detectors")}</a>
      </p>
      <h1>{t("nav.rounds")}</h1>
      <nav class="actions" aria-label={t("detectors.actions")}>
        <a href={href({ page: "inventory" })}>{t("nav.inventory")}</a>
        <a href={href({ page: "stock" })}>{t("nav.stock")}</a>
      </nav>
      <Trouble problem={trouble} />
      {value !== null && value.rounds.length > 0 && (
        <section aria-labelledby="rounds-title">
          <h2 id="rounds-title">{t("rounds.under_way")}</h2>
          <ul class="editable">
            {value.rounds.map((round) => (
              <li key={round.id}>
                <a href={href({ page: "round", id: round.id })}>
                  <b>{round.next === null ? t("round.all_done") : whole(round.next)}</b>
                  <span>{t("rounds.of", { by: round.actor, done: round.total - round.left, total: round.total })}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="begin-title">
        <h2 id="begin-title">{t("rounds.new")}</h2>
        <p class="lead">{t("rounds.how")}</p>
        <PlacesForm said={free} act={t("rounds.begin")} busy={sending.busy} begin={(places) => void begin(places)} />
        <Trouble problem={sending.trouble} />
      </section>
    </main>
  );
}

function free(chosen: readonly Detector[]): string {
  const left = chosen.filter((detector) => detector.sensor === null).length;
  return t("rounds.free", { n: left, total: chosen.length });
}
