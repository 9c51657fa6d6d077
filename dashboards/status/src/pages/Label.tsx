// A label was scanned: leads to what it hangs on, and says 我到了 for whoever was sent there.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import { CalmMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { href } from "../route.ts";
import { useSending } from "../sending.ts";
import { t } from "../texts.ts";

interface Found {
  kind: string;
  target: string;
  title: string;
  place: string;
  /** Where it is looked at: "#/doors/b1u1/door1". */
  page: string;
  /** Incidents here that the one signed in is on his way to. */
  incidents: number[];
}

export function Label({ id }: { id: string }) {
  const path = `labels/${encodeURIComponent(id)}`;
  const { value: found, trouble } = useAsked<Found>(path);
  const arrived = useSignal<readonly number[] | null>(null);
  const sending = useSending();
  const awaited = found?.incidents.length ?? 0;
  useEffect(() => {
    // Nobody waits here for him: the device is what he wants, and "back" leads to where he was.
    if (found !== null && awaited === 0) location.replace(found.page);
  }, [found]);
  const arrive = () =>
    sending.run(async () => {
      arrived.value = (await post<{ incidents: number[] }>(`${path}/arrive`, {})).incidents;
    });
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{found?.title ?? t("nav.label")}</h1>
      <Trouble problem={trouble ?? sending.trouble} />
      {found === null ? (
        trouble === null && <p class="empty">{t("verdict.waiting")}</p>
      ) : (
        <>
          <p class="lead">{found.place}</p>
          {arrived.value !== null ? (
            <p class="outcome done" role="status">
              <CalmMark />
              <span>{t("labels.arrived")}</span>
            </p>
          ) : (
            <div class="take-over orders">
              <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void arrive()}>
                {t("labels.arrive")}
              </button>
            </div>
          )}
          <nav class="actions">
            {(arrived.value ?? found.incidents).map((number) => (
              <a key={number} href={href({ page: "incident", id: String(number) })}>
                {t("labels.incident", { n: number })}
              </a>
            ))}
            <a href={found.page}>{t("labels.open")}</a>
          </nav>
        </>
      )}
    </main>
  );
}
