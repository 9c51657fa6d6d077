// A box that nobody has set up: the code of its label, and the first administrator. The wizard follows.

import { useSignal } from "@preact/signals";
import { post } from "../ask.ts";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { NewPassword } from "../parts/NewPassword.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { useSending } from "../sending.ts";
import { lookAgain } from "../store/session.ts";
import { t } from "../texts.ts";

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
        <NewPassword name="password" value={password} />
        <Trouble problem={sending.trouble} />
        <button type="submit" class="answer" aria-disabled={sending.busy}>
          {t(sending.busy ? "alarm.sending" : "setup.begin.act")}
        </button>
      </Form>
    </main>
  );
}
