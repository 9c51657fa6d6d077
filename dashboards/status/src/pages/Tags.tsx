// 充电卡: who may charge, by label; what stands on a tag is kept nowhere and never shown.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Tag, Tags as Page } from "../charging_shapes.ts";
import { TagDialog } from "../parts/TagDialog.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { WordDialog } from "../parts/WordDialog.tsx";
import { href } from "../route.ts";
import { until as dated } from "../show/permit.ts";
import { amount } from "../show/value.ts";
import { t } from "../texts.ts";

/** People type faster than this; the gateway is asked when they pause. */
const PAUSE_MS = 250;
const PAGE = 100;
/** As many as the gateway tells at once; beyond, people search. */
const MOST = 1_000;

type Act = "add" | "block" | "unblock" | "drop";

export function Tags() {
  const wanted = useSignal("");
  const query = useSignal("");
  const most = useSignal(PAGE);
  const acting = useSignal<{ act: Act; tag: Tag | null } | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => (query.value = wanted.value.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [wanted.value]);
  const asked = useAsked<Page>(`charging/tags?q=${encodeURIComponent(query.value)}&limit=${most.value}`);
  const { value, trouble } = asked;
  const leave = (done: boolean) => {
    acting.value = null;
    if (done) asked.again();
  };
  return (
    <main id="content" class="narrow permits-page" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "charging" })}>{t("nav.charging")}</a>
      </p>
      <h1>{t("nav.tags")}</h1>
      <nav class="actions" aria-label={t("tags.actions")}>
        <button type="button" class="link" onClick={() => (acting.value = { act: "add", tag: null })}>
          {t("tags.add")}
        </button>
        <a href={href({ page: "tags_import" })}>{t("nav.tags_import")}</a>
      </nav>
      <div class="search">
        <input
          type="search"
          aria-label={t("tags.search")}
          placeholder={t("tags.search")}
          maxLength={80}
          value={wanted.value}
          onInput={(event) => (wanted.value = event.currentTarget.value)}
        />
      </div>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value !== null && (
        <p class="count-line" role="status">
          {t("tags.total", { n: amount(value.total) })}
        </p>
      )}
      <ul class="permits">
        {value?.tags.map((tag) => (
          <Row key={tag.hash} tag={tag} choose={(act) => (acting.value = { act, tag })} />
        ))}
      </ul>
      {value !== null && value.next !== null && most.value < MOST && (
        <button type="button" class="answer quiet" onClick={() => (most.value = MOST)}>
          {t("tags.more", { n: amount(value.total - value.tags.length) })}
        </button>
      )}
      {acting.value?.act === "add" && <TagDialog leave={leave} />}
      {acting.value !== null && acting.value.tag !== null && (
        <Change act={acting.value.act} tag={acting.value.tag} leave={leave} />
      )}
    </main>
  );
}

function Row({ tag, choose }: { tag: Tag; choose: (act: Act) => void }) {
  return (
    <li class={`permit${tag.blocked ? " blocked" : ""}`} data-tag={tag.hash}>
      <div class="permit-said">
        <p class="permit-head">
          <b>{called(tag)}</b>
          {tag.blocked && <span class="tag blocked">{t("tags.blocked")}</span>}
        </p>
        <p class="permit-more">
          {tag.until === null ? t("permit.for_good") : t("permit.until", { until: dated(tag.until) })}
          {tag.note !== "" && ` · ${tag.note}`}
        </p>
      </div>
      <div class="permit-act">
        <button type="button" class="tool edged" onClick={() => choose(tag.blocked ? "unblock" : "block")}>
          {t(tag.blocked ? "tags.unblock" : "tags.block")}
        </button>
        <button type="button" class="tool edged" onClick={() => choose("drop")}>
          {t("tags.drop")}
        </button>
      </div>
    </li>
  );
}

function called(tag: Tag): string {
  return tag.label || tag.hash;
}

function Change({ act, tag, leave }: { act: Act; tag: Tag; leave: (done: boolean) => void }) {
  if (act === "add") return null;
  const send = (reason: string) => {
    if (act === "drop") return remove(`charging/tags/${tag.hash}`, { reason });
    return post<void>("charging/tags", { tags: [{ ...tag, blocked: act === "block" }], reason });
  };
  return (
    <WordDialog
      title={t(`tags.${act}_ask`, { tag: called(tag) })}
      offered={[t("reason.lost"), t("reason.moved"), t("reason.mistake")]}
      act={t(`tags.${act}`)}
      send={send}
      leave={leave}
    >
      {act !== "unblock" && <p class="dialog-note">{t(`tags.${act}_note`)}</p>}
    </WordDialog>
  );
}
