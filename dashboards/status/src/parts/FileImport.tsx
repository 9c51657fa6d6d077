// A CSV file for the gateway, tried first: how much it would do, or every row that is wrong. All of it or nothing.

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { postFile } from "../ask.ts";
import { useSending } from "../sending.ts";
import { amount } from "../show/value.ts";
import { t } from "../texts.ts";
import { Field } from "./Field.tsx";
import { CalmMark } from "./PriorityMark.tsx";
import { Trouble } from "./Trouble.tsx";

type Count = "rows" | "new" | "changed" | "unchanged" | "mounted";
type Counts = Partial<Record<Count, number>>;

interface Asked {
  path: string;
  columns: string;
  counts: readonly Count[];
  /** Why it is imported, where the gateway asks. */
  reason?: Signal<string>;
  /** What is said when it is done. */
  taken: ComponentChildren;
}

export function FileImport({ path, columns, counts: names, reason, taken: done }: Asked) {
  const file = useSignal<File | null>(null);
  const tried = useSignal<Counts | null>(null);
  const taken = useSignal<Counts | null>(null);
  const sending = useSending();

  const look = async (chosen: File | null) => {
    [file.value, tried.value, taken.value] = [chosen, null, null];
    if (chosen === null) return;
    await sending.run(async () => {
      const counts = await postFile<Counts>(`${path}?dry=true`, chosen);
      if (file.value === chosen) tried.value = counts;
    });
  };
  const take = async () => {
    const chosen = file.value;
    if (chosen === null) return;
    const why = reason === undefined ? "" : `?reason=${encodeURIComponent(reason.value.trim())}`;
    await sending.run(async () => {
      taken.value = await postFile<Counts>(`${path}${why}`, chosen);
      tried.value = null;
    });
  };
  const counts = taken.value ?? tried.value;
  return (
    <>
      <p class="lead">{columns}</p>
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
        <div class="work">
          <p role="status">{t(tried.value === null ? "import.trying" : "import.taking")}</p>
          <progress aria-label={t("works.kind.import")} />
        </div>
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
            {names.map((name) => (
              <div key={name}>
                <dt>{t(`import.${name}`)}</dt>
                <dd>{amount(counts[name] ?? 0)}</dd>
              </div>
            ))}
          </dl>
          {taken.value === null ? (
            <>
              {reason !== undefined && <Field label={t("reason.ask")} value={reason} name="reason" maxLength={500} />}
              <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void take()}>
                {t("import.take")}
              </button>
            </>
          ) : (
            <p class="outcome done">
              <CalmMark />
              <span>{done}</span>
            </p>
          )}
        </section>
      )}
    </>
  );
}
