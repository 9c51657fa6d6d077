// 协助调查: a slice of the records for an authority: asked for by one person, confirmed by another, held until released.

import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Investigation } from "../audit_shapes.ts";
import { Download } from "../parts/Download.tsx";
import { InvestigationForm } from "../parts/InvestigationForm.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { WordDialog } from "../parts/WordDialog.tsx";
import { useSending } from "../sending.ts";
import { dayAndTime } from "../show/utc.ts";
import * as overview from "../store/overview.ts";
import { mayProtect } from "../store/session.ts";
import { t } from "../texts.ts";

type Closing = { what: "refuse" | "release"; one: Investigation };

export function Investigations() {
  const { value, trouble, again } = useAsked<{ investigations: Investigation[] }>("investigations");
  const [asking, closing] = [useSignal(false), useSignal<Closing | null>(null)];
  const shut = closing.value;
  const leave = (done: boolean) => {
    [asking.value, closing.value] = [false, null];
    if (done) again();
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.investigations")}</h1>
      <p class="lead">{t("investigations.what")}</p>
      {mayProtect() && (
        <div class="orders">
          <button type="button" class="answer" onClick={() => (asking.value = true)}>
            {t("investigations.ask")}
          </button>
        </div>
      )}
      <Trouble problem={trouble} />
      {value?.investigations.length === 0 && <p class="empty">{t("investigations.none")}</p>}
      <ul class="person-rows">
        {value?.investigations.map((one) => (
          <Row key={one.id} one={one} close={(what) => (closing.value = { what, one })} again={again} />
        ))}
      </ul>
      {asking.value && <InvestigationForm leave={leave} />}
      {shut !== null && (
        <WordDialog
          title={t(`investigations.${shut.what}_ask`, { document: shut.one.document })}
          act={t(`investigations.${shut.what}`)}
          offered={[]}
          send={(reason) => post<void>(`investigations/${encodeURIComponent(shut.one.id)}/${shut.what}`, { reason })}
          leave={leave}
        >
          <p class="dialog-note">{t(`investigations.${shut.what}_note`)}</p>
        </WordDialog>
      )}
    </main>
  );
}

interface RowAsked {
  one: Investigation;
  close: (what: Closing["what"]) => void;
  again: () => void;
}

function Row({ one, close, again }: RowAsked) {
  const sending = useSending();
  const path = `investigations/${encodeURIComponent(one.id)}`;
  const confirm = async () => {
    if (await sending.run(() => post<void>(`${path}/confirm`, {}))) again();
  };
  return (
    <li class="person" data-investigation={one.id}>
      <b>
        {one.body} <span class="tag">{t(`investigations.state.${one.state}`)}</span>
      </b>
      <Line name={t("investigations.document")}>{one.document}</Line>
      <Line name={t("investigations.places")}>{one.places.map(placeName).join(" · ")}</Line>
      <Line name={t("investigations.window")}>
        {dayAndTime(one.from_utc)} – {dayAndTime(one.to_utc)}
      </Line>
      <Line name={t("reason.ask")}>{one.reason}</Line>
      <Line name={t("investigations.asked_by")}>{one.asked_by.name}</Line>
      {one.confirmed_by !== null && <Line name={t("investigations.confirmed_by")}>{one.confirmed_by.name}</Line>}
      {one.ended_by !== "" && (
        <Line name={t(`investigations.state.${one.state}`)}>
          {one.ended_by} {one.why_ended}
        </Line>
      )}
      {one.held && <span class="odd">{t("investigations.held")}</span>}
      <Trouble problem={sending.trouble} />
      {one.state === "asked" && (
        <div class="person-acts">
          {one.mine ? (
            <span>{t("investigations.another")}</span>
          ) : (
            <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void confirm()}>
              {t("investigations.confirm")}
            </button>
          )}
          <button type="button" class="tool edged" onClick={() => close("refuse")}>
            {t("investigations.refuse")}
          </button>
        </div>
      )}
      {one.state === "confirmed" && (
        <div class="person-acts">
          <Download path={`${path}/archive`} label={t("investigations.archive")} />
          <button type="button" class="tool edged" onClick={() => close("release")}>
            {t("investigations.release")}
          </button>
        </div>
      )}
    </li>
  );
}

function Line({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <span>
      {name}:{children}
    </span>
  );
}

function placeName(id: string): string {
  return overview.tile(id)?.value.name ?? id;
}
