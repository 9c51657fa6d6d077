// 系统: what this box is, by which certificate it answers, what its clock says; its configuration read again, a copy made now.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { day, dayAndTime } from "../show/utc.ts";
import { reason, size } from "../show/value.ts";
import { mayInstall } from "../store/session.ts";
import { t } from "../texts.ts";

interface Box {
  version: string;
  uptime_seconds: number;
  started_utc: number;
  config: { file: string; wizard: boolean };
  tls: { subject: string; names: string[]; until_utc: number; own_ca: boolean; fingerprint: string } | null;
  bind: string;
  names: string[];
  clock: { trusted: boolean; source: string; utc: number };
  data: { folder: string; bytes: number; free_bytes: number };
}

/** Something about the configuration: in which file and line, and what would be right. */
interface Said {
  file: string;
  line: number;
  key: string;
  what: string;
}

interface Reloaded {
  taken: boolean;
  findings: Said[];
  warnings: Said[];
  /** Sections that changed and are taken at the next start. */
  later: string[];
}

const MONTH_SECONDS = 30 * 86_400;

export function System() {
  const { value: box, trouble, again } = useAsked<Box>("system");
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.system")}</h1>
      <Trouble problem={trouble} />
      {box === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {box !== null && <Facts box={box} />}
      {mayInstall() && <Acts done={again} />}
    </main>
  );
}

function Facts({ box }: { box: Box }) {
  const { tls, clock } = box;
  const ending = tls !== null && tls.until_utc - clock.utc < MONTH_SECONDS;
  return (
    <dl class="facts panel">
      <Fact name={t("system.version")}>
        Gridpost {box.version}
        <span>{t("system.since", { time: dayAndTime(box.started_utc) })}</span>
      </Fact>
      <Fact name={t("system.certificate")}>
        {tls === null ? (
          t("system.plain", { bind: box.bind })
        ) : (
          <>
            {tls.subject}
            <span class={ending ? "odd" : undefined}>{t("account.until", { day: day(tls.until_utc) })}</span>
            {tls.own_ca && <a href="/ca.crt">{t("system.own_ca")}</a>}
            {tls.fingerprint !== "" && <span>SHA-256 {tls.fingerprint}</span>}
          </>
        )}
        <span>{box.names.join(" · ")}</span>
      </Fact>
      <Fact name={t("system.clock")}>
        {dayAndTime(clock.utc)}
        <span class={clock.trusted ? undefined : "odd"}>
          {t(clock.trusted ? "setup.clock.trusted" : "setup.clock.untrusted")} {clock.source}
        </span>
      </Fact>
      <Fact name={t("system.configuration")}>
        <code>{box.config.file}</code>
        {box.config.wizard && <a href={href({ page: "setup" })}>{t("nav.setup")}</a>}
      </Fact>
      <Fact name={t("system.data")}>
        <code>{box.data.folder}</code>
        <span>{t("system.room", { used: size(box.data.bytes), free: size(box.data.free_bytes) })}</span>
      </Fact>
      <Fact name={t("system.retention")}>{t("system.retention_words")}</Fact>
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd class="stacked">{children}</dd>
    </div>
  );
}

function Acts({ done }: { done: () => void }) {
  const [reloading, copying] = [useSending(), useSending()];
  const [reloaded, places] = [useSignal<Reloaded | null>(null), useSignal<readonly string[]>([])];
  const reload = () =>
    reloading.run(async () => {
      reloaded.value = await post<Reloaded>("system/reload", {});
      done();
    });
  const copy = () =>
    copying.run(async () => {
      places.value = (await post<{ places: string[] }>("system/backup", {})).places;
    });
  return (
    <section aria-labelledby="acts-title">
      <h2 id="acts-title">{t("system.acts")}</h2>
      <div class="orders">
        <button type="button" class="answer quiet" aria-disabled={reloading.busy} onClick={() => void reload()}>
          {t(reloading.busy ? "alarm.sending" : "system.reload")}
        </button>
        <button type="button" class="answer quiet" aria-disabled={copying.busy} onClick={() => void copy()}>
          {t(copying.busy ? "alarm.sending" : "system.backup")}
        </button>
      </div>
      <Trouble problem={reloading.trouble ?? copying.trouble} />
      {reloaded.value !== null && <Taken {...reloaded.value} />}
      {places.value.length > 0 && (
        <p class="outcome done" role="status">
          <CalmMark />
          <span>
            {t("system.copying", { places: places.value.join(" · ") })} <a href={href({ page: "data" })}>{t("nav.data")}</a>
          </span>
        </p>
      )}
    </section>
  );
}

function Taken({ taken, findings, warnings, later }: Reloaded) {
  return (
    <p class={`outcome ${taken ? "done" : "refused"}`} role="status">
      {taken ? <CalmMark /> : <PriorityMark priority={3} />}
      <span>
        {t(taken ? "system.reloaded" : "system.not_reloaded")}
        {[...findings, ...warnings].map(({ file, line, key, what }) => (
          <small key={`${file}${line}${key}${what}`}>
            {file}:{line} {key} {reason(what)}
          </small>
        ))}
        {later.length > 0 && <small>{t("system.at_next_start", { sections: later.join(" · ") })}</small>}
      </span>
    </p>
  );
}
