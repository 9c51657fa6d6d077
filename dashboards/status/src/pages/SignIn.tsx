// Nobody is signed in: what a link is and how to get one.

import { useSignal } from "@preact/signals";
import { LanguageSwitch } from "../parts/Header.tsx";
import { enter, session } from "../store/session.ts";
import { t } from "../texts.ts";

export function SignIn() {
  const code = useSignal("");
  const busy = useSignal(false);
  const current = session.value;
  const trouble = current.state === "out" ? current.trouble : "none";
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy.value || code.value.trim() === "") return;
    busy.value = true;
    await enter(code.value.trim());
    busy.value = false;
  };
  return (
    <div class="sign-in">
      <header class="sign-in-top">
        <span class="home-name">Gridpost</span>
        <LanguageSwitch />
      </header>
      <main id="content" tabIndex={-1}>
        <h1>{t("sign_in.title")}</h1>
        <p class="sign-in-trouble" role="alert">
          {trouble !== "none" && t(`sign_in.${trouble}`)}
        </p>
        <p>{t("sign_in.why")}</p>
        <p>{t("sign_in.how")}</p>
        <pre tabIndex={0}>gridpost users link {t("sign_in.name")} --data DIR</pre>
        <form onSubmit={(event) => void submit(event)}>
          <label for="code">{t("sign_in.code")}</label>
          <div class="sign-in-field">
            <input
              id="code"
              autoComplete="off"
              autoCapitalize="off"
              spellcheck={false}
              value={code.value}
              onInput={(event) => (code.value = event.currentTarget.value)}
            />
            <button type="submit" class="answer">
              {busy.value ? t("sign_in.entering") : t("sign_in.enter")}
            </button>
          </div>
        </form>
        <p class="sign-in-ask">{t("sign_in.ask")}</p>
      </main>
    </div>
  );
}
