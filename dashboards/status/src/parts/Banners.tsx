// What must be seen on every page: simulated data, charging that does not stop, an unanswered P1, a record that cannot be written, a clock that is not set.

import { renewed } from "../build.ts";
import { href, route } from "../route.ts";
import { soundOn, toggle } from "../sound.ts";
import { critical } from "../store/alarms.ts";
import * as clock from "../store/clock.ts";
import { compound, recorded } from "../store/overview.ts";
import { t } from "../texts.ts";
import { PriorityMark } from "./PriorityMark.tsx";
import { isStopTold, StopBanner } from "./StopBanner.tsx";

export function Banners() {
  const urgent = critical.value.length;
  const here = route.value;
  // The list of what is unanswered is what it leads to, and that alarm's own page shows it whole.
  const elsewhere = !(here.page === "alarms" && here.tab === "unanswered") && here.page !== "screen";
  const told = isStopTold() || (urgent > 0 && elsewhere);
  return (
    <section class={`banners${told ? " told" : ""}`} aria-label={t("banner.label")}>
      {compound.value?.simulated === true && (
        <p class="banner simulated">
          <b>{t("banner.simulated")}</b> <span>{t("banner.simulated_sub")}</span>
        </p>
      )}
      {!recorded.value && (
        <p class="banner serious" role="alert">
          {t("banner.not_recorded")}
        </p>
      )}
      {!clock.trusted.value && <p class="banner">{t("banner.clock")}</p>}
      {renewed.value && (
        <p class="banner">
          {t("banner.renewed")}{" "}
          <button type="button" class="link" onClick={() => location.reload()}>
            {t("banner.renew")}
          </button>
        </p>
      )}
      <div class="over-the-end">
        <StopBanner />
        {urgent > 0 && elsewhere && (
          <p class="banner urgent" role="alert">
            <PriorityMark priority={1} />
            <span>{t("alarm.sticky", { n: urgent })}</span>
            <a href={href({ page: "alarms", tab: "unanswered" })}>{t("alarm.look")}</a>
            {!soundOn.value && (
              <button type="button" class="tool" onClick={() => void toggle()}>
                {t("sound.off")}
              </button>
            )}
          </p>
        )}
      </div>
    </section>
  );
}
