// 走测: tests under way and over, and beginning one.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { WalkTest, WalkTestSummary } from "../detector_shapes.ts";
import { type Places, PlacesForm } from "../parts/PlacesForm.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { until } from "../show/permit.ts";
import { mayAnswer } from "../store/session.ts";
import { t } from "../texts.ts";

const EVERY_MS = 5_000;
const SPANS = [30, 60, 120, 240] as const;

export function WalkTests() {
  const { value, trouble } = useAsked<{ walk_tests: WalkTestSummary[] }>("walk-tests", EVERY_MS);
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "detectors" })}>{t("nav.detectors")}</a>
      </p>
      <h1>{t("nav.walk_tests")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value?.walk_tests.length === 0 && <p class="empty">{t("walk_tests.none")}</p>}
      <ul class="editable">
        {value?.walk_tests.map((test) => (
          <li key={test.id}>
            <a href={href({ page: "walk_test", id: test.id })}>
              <b>{t("walk_tests.of", { at: until(test.began), by: test.by })}</b>
              <span>
                {t("walk_tests.counts", { tested: test.tested, total: test.tested + test.left })} ·{" "}
                {t(test.ended === null ? "walk_tests.running" : "walk_tests.over")}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {mayAnswer() && <Begin />}
    </main>
  );
}

function Begin() {
  const minutes = useSignal<number>(120);
  const sending = useSending();
  const begin = async (places: Places) => {
    await sending.run(async () => {
      const test = await post<WalkTest>("walk-tests", { ...places, minutes: minutes.value });
      location.hash = href({ page: "walk_test", id: test.id });
    });
  };
  return (
    <section aria-labelledby="begin-title">
      <h2 id="begin-title">{t("walk_tests.new")}</h2>
      <p class="lead">{t("walk_tests.how")}</p>
      <div class="chips" role="group" aria-label={t("walk_tests.length")}>
        {SPANS.map((one) => (
          <button key={one} type="button" class="chip" aria-pressed={minutes.value === one} onClick={() => (minutes.value = one)}>
            {t("walk_tests.minutes", { n: one })}
          </button>
        ))}
      </div>
      <PlacesForm
        said={(chosen) => t("walk_tests.chosen", { n: chosen.length })}
        act={t("walk_tests.begin")}
        busy={sending.busy}
        begin={(places) => void begin(places)}
      />
      <Trouble problem={sending.trouble} />
    </section>
  );
}
