// One walk test: who was heard, when, by which receiver and how loud; ending it; and its report on paper.

import { remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Said, WalkTest as Facts } from "../detector_shapes.ts";
import { Moment } from "../parts/Moment.tsx";
import { CalmMark } from "../parts/PriorityMark.tsx";
import { TestReport } from "../parts/TestReport.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { dbm, said as worded, whole } from "../show/detector.ts";
import { until } from "../show/permit.ts";
import { mayAnswer } from "../store/session.ts";
import { t } from "../texts.ts";

/** Who tests looks at the phone right after the press. */
const EVERY_MS = 1_000;

export function WalkTest({ id }: { id: string }) {
  const path = `walk-tests/${encodeURIComponent(id)}`;
  const { value: test, trouble, again } = useAsked<Facts>(path, EVERY_MS);
  const sending = useSending();
  const end = async () => {
    if (await sending.run(() => remove(path))) again();
  };
  return (
    <main id="content" class="narrow paper" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "walk_tests" })}>{t("nav.walk_tests")}</a>
      </p>
      <h1>{test === null ? t("nav.walk_tests") : t("walk_tests.of", { at: until(test.began), by: test.by })}</h1>
      <Trouble problem={trouble} />
      {test === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {test !== null && (
        <>
          <p class="round-progress">
            <progress max={test.tested + test.left} value={test.tested} aria-label={t("nav.walk_tests")} />
            <b>
              {test.tested}/{test.tested + test.left}
            </b>
          </p>
          <p class="lead" role="status">
            {test.ended === null
              ? t("walk_tests.until", { until: until(test.ends ?? test.began) })
              : t("walk_tests.ended", { at: until(test.ended) })}
          </p>
          <p class="orders">
            {test.ended === null && mayAnswer() && (
              <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void end()}>
                {t("walk_tests.end")}
              </button>
            )}
            <button type="button" class="answer quiet" onClick={() => print()}>
              {t("walk_tests.print")}
            </button>
          </p>
          <Trouble problem={sending.trouble} />
          <ul class="tested">
            {test.detectors.map((detector) => (
              <li key={detector.id} class={detector.said.length === 0 ? "open" : "seen"} data-tested={detector.id}>
                {detector.said.length === 0 ? <span class="box" aria-hidden="true" /> : <CalmMark />}
                <span>{whole(detector)}</span>
                <Heard said={detector.said} />
              </li>
            ))}
          </ul>
          <TestReport test={test} />
        </>
      )}
    </main>
  );
}

function Heard({ said }: { said: readonly Said[] }) {
  const last = said[said.length - 1];
  if (last === undefined) return <span class="check-time">{t("walk_tests.not_yet")}</span>;
  return (
    <span class="check-time">
      {worded(last.what)} <Moment at={last.at} /> {last.receiver_name} {dbm(last.rssi)}
    </span>
  );
}
