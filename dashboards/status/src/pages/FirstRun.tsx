// A box that nobody has set up: the code of its label, and the first administrator. The wizard follows.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { Secret } from "../parts/Secret.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { useSending } from "../sending.ts";
import { lookAgain } from "../store/session.ts";
import { t } from "../texts.ts";

/** As docs/accounts.md has it. The gateway judges: it counts a Chinese character as two. */
const SHORTEST = 10;

export function FirstRun({ given }: { given: string }) {
  const [code, name, password] = [useSignal(given), useSignal(""), useSignal("")];
  const sending = useSending();
  const begin = () =>
    void sending.run(async () => {
      await post<void>("setup/begin", { code: code.value.trim(), name: name.value.trim(), password: password.value });
      await lookAgain();
    });
  return (
    <main id="content" tabIndex={-1}>
      <h1>{t("nav.setup")}</h1>
      <p>{t("setup.begin.what")}</p>
      <Form trouble={sending.trouble} submit={begin}>
        <Field label={t("setup.begin.code")} name="code" value={code} note={t("setup.begin.code_note")} required />
        <Field label={t("setup.begin.name")} name="name" value={name} note={t("setup.begin.name_note")} maxLength={40} required />
        <Secret
          label={t("account.password_new")}
          name="password"
          value={password}
          complete="new-password"
          note={t("account.password_note", { n: SHORTEST })}
        />
        <Trouble problem={sending.trouble} />
        <button type="submit" class="answer" aria-disabled={sending.busy}>
          {t(sending.busy ? "alarm.sending" : "setup.begin.act")}
        </button>
      </Form>
    </main>
  );
}
