// One alarm: where, what, how long, and the one thing that a person can do next.

import type { Limit } from "../incident_shapes.ts";
import type { Alarm } from "../shapes.ts";
import { about, advice, isDanger, labels, marks, number, standing, what, where } from "../show/alarm.ts";
import { moment } from "../show/time.ts";
import { reason } from "../show/value.ts";
import * as alarms from "../store/alarms.ts";
import { mayAnswer, whoAnswers } from "../store/session.ts";
import { href, type Route, route } from "../route.ts";
import { t } from "../texts.ts";
import { later } from "./Later.tsx";
import { LimitLine } from "./LimitLine.tsx";
import { Moment } from "./Moment.tsx";
import { isPickable, pick, type Picking } from "./picking.ts";
import { PriorityMark } from "./PriorityMark.tsx";

const NoteDialog = later(async () => (await import("../pages/acting.ts")).NoteDialog, () => null);

interface Shown {
  alarm: Alarm;
  /** How long there is for what comes next, if there is a limit. */
  limit?: Limit | undefined;
  picking?: Picking | undefined;
  /** The alarms of the list as they stand there. */
  order: readonly Alarm[];
  /** Whether taps may be believed: not just after rows moved under the finger. */
  settled: () => boolean;
}

/** A row of an alarm list. */
export function AlarmRow({ alarm, limit, picking, order, settled }: Shown) {
  const unanswered = alarms.isUnanswered(alarm);
  const more = marks(alarm);
  const advised = alarm.state === "B" && alarms.isEarnest(alarm) ? advice(alarm) : null;
  return (
    <li class={`alarm p${alarm.priority}${unanswered ? " unanswered" : ""}`} data-number={alarm.number} tabIndex={-1}>
      {picking?.on.value === true && isPickable(alarm) ? <Pick alarm={alarm} picking={picking} order={order} /> : <PriorityMark priority={alarm.priority} />}
      <div class="alarm-said">
        <p class="alarm-head">
          <span class="alarm-priority">{t(`priority.${alarm.priority}`)}</span>
          <span class="alarm-standing">{standing(alarm).join(" · ")}</span>
          {alarm.simulated && <span class="tag">{t("alarm.simulated")}</span>}
          <Moment at={alarm.since} trusted={alarm.since_trusted} />
        </p>
        <p class="alarm-what">
          {labels(alarm).map((label) => (
            <b key={label} class="alarm-test">
              【{label}】
            </b>
          ))}
          <Where alarm={alarm} /> <What alarm={alarm} />
        </p>
        {more.length > 0 && <p class="alarm-more">{more.join(" · ")}</p>}
        {limit !== undefined && alarm.state !== "A" && <LimitLine limit={limit} />}
        {advised !== null && <p class="alarm-advice">{advised}</p>}
      </div>
      <Act alarm={alarm} settled={settled} />
    </li>
  );
}

/** In the place of the mark: the bar and the word tell the priority as well. */
function Pick({ alarm, picking, order }: { alarm: Alarm; picking: Picking; order: readonly Alarm[] }) {
  return (
    <label class="pick">
      <input
        type="checkbox"
        aria-label={t("alarms.pick", { place: where(alarm), what: what(alarm) })}
        checked={picking.chosen.value.has(alarm.number)}
        onClick={(event) => pick(picking, [alarm], event.shiftKey, order)}
      />
    </label>
  );
}

function page(alarm: Alarm): Route {
  return { page: "alarm", id: `${alarm.number}` };
}

function Where({ alarm }: { alarm: Alarm }) {
  const to = about(alarm);
  return to === null ? <span>{where(alarm)}</span> : <a href={href(to)}>{where(alarm)}</a>;
}

/** What happened leads to all that is known of it. */
function What({ alarm }: { alarm: Alarm }) {
  if (route.value.page === "alarm") return <b>{what(alarm)}</b>;
  return (
    <a href={href(page(alarm))}>
      <b>{what(alarm)}</b>
    </a>
  );
}

function Act({ alarm, settled }: { alarm: Alarm; settled: () => boolean }) {
  if (!mayAnswer()) return null;
  const act = alarms.isUnanswered(alarm) ? "ack" : alarms.canReset(alarm) ? "reset" : null;
  const request = alarms.requests.value.get(alarm.number);
  const call = number(alarm);
  const verify = isDanger(alarm) && alarm.state === "C" && alarm.verdict === "" && route.value.page !== "alarm";
  const said = request === undefined ? "" : outcome(request);
  if (act === null && call === null && !verify && said === "") return null;
  const named = { place: where(alarm), what: what(alarm) };
  return (
    <div class="alarm-act">
      {act !== null && (
        <button
          type="button"
          class={act === "ack" ? "answer" : "answer quiet"}
          aria-label={act === "ack" ? t("alarm.ack_of", named) : t("alarm.reset_of", named)}
          aria-disabled={request?.step === "sending"}
          onClick={() => {
            if (settled() && request?.step !== "sending") void alarms.request(alarm, act, whoAnswers());
          }}
        >
          {request?.step === "sending" ? t("alarm.sending") : t(act === "ack" ? "alarm.ack" : "alarm.reset")}
        </button>
      )}
      {verify && (
        <a class="answer quiet" href={href(page(alarm))}>
          {t("alarm.verify")}
        </a>
      )}
      {call !== null && (
        <a class="call" href={`tel:${call}`}>
          {t("alarm.call", { number: call })}
        </a>
      )}
      <p class="alarm-trouble" role="status">
        {said}
      </p>
      {request?.step === "asked" && (
        <NoteDialog alarm={alarm} act={request.act} leave={() => alarms.dismiss(alarm)} />
      )}
    </div>
  );
}

/** What became of the last request about it, as far as the alarm itself does not say it. */
function outcome(request: alarms.Request): string {
  if (request.step === "failed") return trouble(request);
  if (request.step !== "beaten") return "";
  const { by, at } = request;
  return at === null ? t("alarm.beaten", { name: by }) : t("alarm.beaten_at", { name: by, time: moment(Date.parse(at)) });
}

function trouble(request: { status: number; code: string; why: string; act: alarms.Act }): string {
  if (request.code.startsWith("pin_")) return t("alarm.no_pin");
  if (request.status === 403) return t("alarm.forbidden");
  if (request.status === 429) return t("alarm.slowed");
  if (request.status === 409 && request.act === "reset") return t("alarm.reset_refused", { why: reason(request.why) });
  return t("alarm.not_sent");
}
