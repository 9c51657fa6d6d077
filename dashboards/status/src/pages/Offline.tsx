// The gateway cannot be reached, and the page is the one that was kept: it shows nothing that it does not know.

import { useEffect, useState } from "preact/hooks";
import { lastHeard } from "../installed.ts";
import { LanguageSwitch } from "../parts/Header.tsx";
import { PriorityMark } from "../parts/PriorityMark.tsx";
import { clockFace } from "../show/time.ts";
import { local } from "../show/zone.ts";
import { t } from "../texts.ts";

const MINUTE_MS = 60_000;

export function Offline() {
  const [now, look] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => look(Date.now()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  const heard = lastHeard();
  return (
    <div class="sign-in">
      <header class="sign-in-top">
        <span class="home-name">Gridpost</span>
        <LanguageSwitch />
      </header>
      <main id="content" tabIndex={-1}>
        <h1 class="offline">
          <PriorityMark priority={2} /> {t("offline.title")}
        </h1>
        <p role="alert">
          <b>{heard === null ? t("offline.never") : t("offline.heard", { time: moment(heard), age: age(now - heard) })}</b>
        </p>
        <p>{t("offline.unknown")}</p>
        <p>{t("offline.again")}</p>
        <p>
          <a class="answer quiet" href="tel:119">
            {t("offline.call")}
          </a>
        </p>
      </main>
    </div>
  );
}

function moment(at: number): string {
  const { month, day } = local(at);
  return t("time.other_day", { month, day, clock: clockFace(at, false) });
}

/** By this device's clock: the gateway's is as unknown as everything else. */
function age(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / MINUTE_MS));
  if (minutes < 60) return t("age.minutes", { n: minutes });
  return minutes < 1440 ? t("age.hours", { n: Math.floor(minutes / 60) }) : t("age.days", { n: Math.floor(minutes / 1440) });
}
