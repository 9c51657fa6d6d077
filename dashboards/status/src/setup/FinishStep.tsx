// The end of the wizard: what stands and what is open; then the gateway goes on with it, and the page waits for its return.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, LONG_LIMIT_MS, post, Problem } from "../ask.ts";
import { Trouble } from "../parts/Trouble.tsx";
import { useSending } from "../sending.ts";
import { STEPS, type SetUp } from "../setup_shapes.ts";
import { t } from "../texts.ts";

const ASK_AGAIN_MS = 1_000;

interface Asked {
  whole: SetUp;
  heard: (whole: SetUp) => void;
  go: (step: number) => void;
}

export function FinishStep({ whole, heard, go }: Asked) {
  const waiting = useSignal(false);
  const sending = useSending();
  const finish = async () => {
    const done = await sending.run(async () => {
      waiting.value = (await post<{ restarting: boolean }>("setup/finish", {}, LONG_LIMIT_MS)).restarting;
    });
    // What is wrong belongs to a step, and is said at its fields.
    if (!done) await sending.run(async () => heard(await get<SetUp>("setup")));
  };
  if (waiting.value) return <Waiting />;
  const open = whole.steps.filter(({ state }) => state === "open").length;
  return (
    <section class="setup-step">
      <h2>{t("setup.finish.ask")}</h2>
      <ul class="editable">
        {whole.steps.map(({ id, state, findings }) => (
          <li key={id}>
            <button type="button" onClick={() => go(STEPS.indexOf(id))}>
              <b>{t(`setup.step.${id}`)}</b>
              <span class={findings.length > 0 || state === "open" ? "odd" : undefined}>
                {t(findings.length > 0 ? "setup.state.wrong" : `setup.state.${state}`)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {open > 0 && <p class="lead">{t("setup.finish.open", { n: open })}</p>}
      <p class="lead">{t(whole.writable ? "setup.finish.writes" : "setup.by_file", { file: whole.file })}</p>
      <Trouble problem={sending.trouble} />
      <div class="dialog-buttons">
        <button type="button" class="answer quiet" onClick={() => go(STEPS.length - 1)}>
          {t("setup.back")}
        </button>
        {whole.writable && (
          <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void finish()}>
            {t(sending.busy ? "alarm.sending" : "setup.finish.act")}
          </button>
        )}
      </div>
    </section>
  );
}

/** Until the gateway answers again, with its configuration: then the overview, read anew. */
function Waiting() {
  const seconds = useSignal(0);
  useEffect(() => {
    const timer = setInterval(() => {
      seconds.value++;
      void back();
    }, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <section class="setup-step" role="status">
      <h2>{t("setup.finish.restarting")}</h2>
      <progress aria-label={t("setup.finish.restarting")} />
      <p class="lead">{t("setup.finish.waiting", { n: seconds.value })}</p>
    </section>
  );
}

async function back(): Promise<void> {
  try {
    if ((await get<SetUp>("setup")).writable) return; // not yet gone on
  } catch (error) {
    if (error instanceof Problem && (error.status === 0 || error.status >= 500)) return;
    if (!(error instanceof Problem)) throw error;
  }
  history.replaceState(null, "", "#/");
  location.reload();
}
