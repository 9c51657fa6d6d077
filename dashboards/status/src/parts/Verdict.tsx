// The one sentence that this page is for. It is said only while it is true now.

import { href } from "../route.ts";
import { critical } from "../store/alarms.ts";
import { heard } from "../store/clock.ts";
import { fed, mode } from "../store/live.ts";
import { charging, verdict } from "../store/overview.ts";
import { mayInstall } from "../store/session.ts";
import { stops } from "../store/stops.ts";
import type { Verdict as Facts } from "../shapes.ts";
import { minute } from "../show/time.ts";
import { t } from "../texts.ts";
import { CalmMark, PriorityMark } from "./PriorityMark.tsx";

/** The verdict over the compound, or that the connection is lost and since when. */
export function Verdict() {
  const facts = verdict.value;
  if (mode.value === "lost") return <Lost facts={facts} />;
  if (facts === null) {
    return (
      <section class="verdict waiting" aria-live="polite">
        <p class="verdict-line">{t("verdict.waiting")}</p>
      </section>
    );
  }
  if (!fed.value) {
    return (
      <section class="verdict waiting" aria-live="polite">
        <p class="verdict-line">{t("connection.connecting")}</p>
        <p class="verdict-sub">{t("verdict.before", { said: sentence(facts) })}</p>
      </section>
    );
  }
  return (
    <section class={`verdict ${tone(facts)}`} aria-live="polite">
      <Sign facts={facts} />
      <div>
        <p class="verdict-line">{sentence(facts)}</p>
        <p class="verdict-sub">{addition(facts)}</p>
        {facts.state === "empty" && mayInstall() && <a href={href({ page: "setup" })}>{t("nav.setup")}</a>}
      </div>
    </section>
  );
}

function Lost({ facts }: { facts: Facts | null }) {
  const at = heard.value;
  return (
    <section class="verdict lost" role="alert">
      <PriorityMark priority={3} />
      <div>
        <p class="verdict-line">
          {at === null || facts === null
            ? t("connection.lost_no_data")
            : t("connection.lost", { time: minute(at) })}
        </p>
        <p class="verdict-sub">
          {t("connection.mending")}
          {facts !== null && ` · ${t("verdict.before", { said: sentence(facts) })}`}
        </p>
      </div>
    </section>
  );
}

function Sign({ facts }: { facts: Facts }) {
  if (charging.value.not_stopped > 0) return <PriorityMark priority={1} />;
  if (facts.state === "alarm") return <PriorityMark priority={facts.critical > 0 ? 1 : facts.unanswered > 0 ? 2 : 4} />;
  if (facts.state === "unknown") return <PriorityMark priority={3} />;
  return facts.state === "empty" ? null : <CalmMark />;
}

function tone(facts: Facts): string {
  if (charging.value.not_stopped > 0) return "critical";
  if (facts.state === "well") return "well";
  if (facts.state === "unknown") return "unknown";
  if (facts.state === "empty") return "nothing";
  if (facts.critical > 0 || critical.value.length > 0) return "critical";
  return facts.unanswered > 0 ? "unanswered" : "answered";
}

function sentence(facts: Facts): string {
  const { not_stopped: left } = charging.value;
  if (left > 0) return t("verdict.not_stopped", { n: left });
  if (facts.state === "well") return t("verdict.well");
  if (facts.state === "unknown") return unheard(facts);
  if (facts.state === "empty") return t("verdict.empty");
  const { critical: urgent, unanswered, open } = facts;
  if (urgent > 0) return t("verdict.critical", { critical: urgent, unanswered });
  return unanswered > 0 ? t("verdict.unanswered", { unanswered }) : t("verdict.answered", { open });
}

/** What was not heard of: detectors first, for lives hang on them. */
function unheard({ silent, unheard: devices }: Facts): string {
  if (silent === 0) return t("verdict.unknown", { n: devices });
  return devices === 0 ? t("verdict.silent", { n: silent }) : t("verdict.both", { silent, devices });
}

function addition(facts: Facts): string {
  if (facts.state === "well") return t("verdict.well_sub");
  if (facts.state === "unknown") return t("verdict.unknown_sub");
  if (facts.state === "empty") return t("verdict.empty_sub");
  const words = facts.unanswered > 0 ? [t("verdict.open_sub", { open: facts.open })] : [];
  if (stops.value.some((stop) => stop.phase === "ordered")) words.unshift(t("stop.ordered"));
  if (facts.silent > 0) words.push(t("verdict.silent_too", { n: facts.silent }));
  if (facts.unheard > 0) words.push(t("verdict.unknown_too", { n: facts.unheard }));
  return words.join(" · ");
}
