// Nobody is signed in: by name and password, or by a one-time link; and the way to a box that nobody has set up yet.

import { useSignal } from "@preact/signals";
import { useId, useState } from "preact/hooks";
import { Problem } from "../ask.ts";
import { useAsked } from "../asked.ts";
import { Form } from "../parts/Form.tsx";
import { LanguageSwitch } from "../parts/Header.tsx";
import { Secret } from "../parts/Secret.tsx";
import { route } from "../route.ts";
import { useSending } from "../sending.ts";
import { enter, enterWith, session } from "../store/session.ts";
import { t } from "../texts.ts";
import { FirstRun } from "./FirstRun.tsx";

export function SignIn() {
  const fresh = useAsked<{ open: boolean }>("setup").value?.open === true;
  const [given] = useState(scannedCode);
  const first = fresh && route.value.page === "setup";
  return (
    <div class="sign-in">
      <header class="sign-in-top">
        <span class="home-name">Gridpost</span>
        <LanguageSwitch />
      </header>
      {first ? (
        <FirstRun given={given} />
      ) : (
        <main id="content" tabIndex={-1}>
          <h1>{t("sign_in.title")}</h1>
          <LinkTrouble />
          {fresh && (
            <p class="sign-in-fresh">
              {t("sign_in.fresh")}
              <a class="answer" href="#/setup">
                {t("nav.setup")}
              </a>
            </p>
          )}
          <ByPassword />
          <ByCode />
        </main>
      )}
    </div>
  );
}

/** The set-up code of a label that was scanned; taken out of the address, so that it stays in no history. */
function scannedCode(): string {
  const code = /^#\/setup\/([\w-]+)$/.exec(location.hash)?.[1];
  if (code === undefined) return "";
  history.replaceState(null, "", "#/setup");
  return code;
}

function LinkTrouble() {
  const current = session.value;
  const trouble = current.state === "out" ? current.trouble : "none";
  return (
    <p class="sign-in-trouble" role="alert">
      {trouble !== "none" && t(`sign_in.${trouble}`)}
    </p>
  );
}

function ByPassword() {
  const id = useId();
  const [name, password] = [useSignal(""), useSignal("")];
  const sending = useSending();
  const submit = async () => {
    const done = await sending.run(() => enterWith(name.value.trim(), password.value));
    if (!done) password.value = "";
  };
  return (
    <Form trouble={refused(sending.trouble)} submit={() => void submit()}>
      <div class="field">
        <label for={id}>{t("sign_in.name")}</label>
        <input
          id={id}
          name="name"
          required
          maxLength={80}
          autoComplete="username"
          autoCapitalize="off"
          spellcheck={false}
          value={name.value}
          onInput={(event) => (name.value = event.currentTarget.value)}
        />
      </div>
      <Secret label={t("sign_in.password")} name="password" value={password} complete="current-password" />
      <button type="submit" class="answer" aria-disabled={sending.busy}>
        {sending.busy ? t("sign_in.entering") : t("sign_in.enter")}
      </button>
    </Form>
  );
}

/** Why name and password did not do, said at the password: which of the two was wrong is nobody's business. */
function refused(problem: Problem | null): Problem | null {
  return problem && new Problem(problem.status, problem.message, problem.code, [], [{ path: "password", why: whyNot(problem) }]);
}

function whyNot({ status, message, waitSeconds }: Problem): string {
  if (status === 401) return t("sign_in.wrong");
  if (status === 429) return waitSeconds > 0 ? t("sign_in.slowed_for", { n: waitSeconds }) : t("sign_in.slowed");
  return status === 0 || status >= 500 ? t("sign_in.unreachable") : message;
}

function ByCode() {
  const id = useId();
  const code = useSignal("");
  const busy = useSignal(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || code.value.trim() === "") return;
    busy.value = true;
    await enter(code.value.trim());
    busy.value = false;
  };
  return (
    <details class="sign-in-code">
      <summary>{t("sign_in.by_code")}</summary>
      <form onSubmit={(event) => void submit(event)}>
        <div class="field">
          <label for={id}>{t("sign_in.code")}</label>
          <input
            id={id}
            autoComplete="off"
            autoCapitalize="off"
            spellcheck={false}
            value={code.value}
            onInput={(event) => (code.value = event.currentTarget.value)}
          />
        </div>
        <button type="submit" class="answer quiet">
          {busy.value ? t("sign_in.entering") : t("sign_in.enter")}
        </button>
      </form>
      <p>{t("sign_in.how")}</p>
      <pre tabIndex={0}>gridpost users link {t("sign_in.who")} --data DIR</pre>
      <p class="sign-in-ask">{t("sign_in.ask")}</p>
    </details>
  );
}
