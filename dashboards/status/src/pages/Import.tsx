// 导入: a file of permits, tried first: how much it would do, or every row that is wrong. All of it or nothing.

import { useSignal } from "@preact/signals";
import { postFile } from "../ask.ts";
import type { Imported } from "../door_shapes.ts";
import { CalmMark } from "../parts/PriorityMark.tsx";
import { Field } from "../parts/Field.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { amount } from "../show/value.ts";
import { t } from "../texts.ts";

export function Import() {
  const file = useSignal<File | null>(null);
  const tried = useSignal<Imported | null>(null);
  const taken = useSignal<Imported | null>(null);
  const reason = useSignal("");
  const sending = useSending();

  const look = async (chosen: File | null) => {
    [file.value, tried.value, taken.value] = [chosen, null, null];
    if (chosen === null) return;
    await sending.run(async () => {
      const counts = await postFile<Imported>("permits/import?dry=true", chosen);
      if (file.value === chosen) tried.value = counts;
    });
  };
  const take = async () => {
    const chosen = file.value;
    if (chosen === null) return;
    await sending.run(async () => {
      taken.value = await postFile<Imported>(`permits/import?reason=${encodeURIComponent(reason.value.trim())}`, chosen);
      tried.value = null;
    });
  };
  const counts = taken.value ?? tried.value;
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "permits" })}>{t("nav.permits")}</a>
      </p>
      <h1>{t("nav.import")}</h1>
      <p class="lead">{t("import.columns")}</p>
      <label class="file">
        <span>{file.value?.name ?? t("import.choose")}</span>
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={(event) => void look(event.currentTarget.files?.[0] ?? null)}
          // The same file, mended, is chosen again: a browser tells only of another one.
          onClick={(event) => (event.currentTarget.value = "")}
        />
      </label>
      {sending.busy && (
        <p class="empty" role="status">
          {t(tried.value === null ? "import.trying" : "import.taking")}
        </p>
      )}
      {sending.trouble !== null && (
        <section class="import-wrong">
          <h2>{t("import.nothing", { n: amount(sending.trouble.details.length) })}</h2>
          <Trouble problem={sending.trouble} />
        </section>
      )}
      {counts !== null && (
        <section aria-live="polite">
          <h2>{t(taken.value === null ? "import.would" : "import.did")}</h2>
          <dl class="counts">
            {(["rows", "new", "changed", "unchanged"] as const).map((name) => (
              <div key={name}>
                <dt>{t(`import.${name}`)}</dt>
                <dd>{amount(counts[name])}</dd>
              </div>
            ))}
          </dl>
          {taken.value === null ? (
            <>
              <Field label={t("reason.ask")} value={reason} maxLength={500} />
              <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void take()}>
                {t("import.take")}
              </button>
            </>
          ) : (
            <p class="outcome done">
              <CalmMark />
              <span>
                {t("import.taken")} <a href={href({ page: "tables" })}>{t("nav.tables")}</a>
              </span>
            </p>
          )}
        </section>
      )}
    </main>
  );
}
