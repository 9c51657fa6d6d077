// A password of one's own: the first, or a new one for the old.

import { useSignal } from "@preact/signals";
import { put } from "../ask.ts";
import { useSending } from "../sending.ts";
import { lookAgain, session } from "../store/session.ts";
import { t } from "../texts.ts";
import { Form } from "./Form.tsx";
import { NewPassword } from "./NewPassword.tsx";
import { Secret } from "./Secret.tsx";
import { Trouble } from "./Trouble.tsx";

export function PasswordForm({ act, done }: { act: string; done: () => void }) {
  const current = session.value;
  const known = current.state === "in" && current.me.password_set;
  const [old, fresh] = [useSignal(""), useSignal("")];
  const sending = useSending();
  const submit = async () => {
    const body = known ? { old: old.value, new: fresh.value } : { new: fresh.value };
    if (!(await sending.run(() => put<void>("me/password", body)))) return;
    await lookAgain();
    [old.value, fresh.value] = ["", ""];
    done();
  };
  return (
    <Form class="form" trouble={sending.trouble} submit={() => void submit()}>
      {/* Beside the new password: the browser's keeper wants to know whose it is. */}
      <input class="unseen" type="text" autoComplete="username" tabIndex={-1} aria-hidden="true" readOnly value={myName()} />
      {known && <Secret label={t("account.password_old")} name="old" value={old} complete="current-password" />}
      <NewPassword name="new" value={fresh} />
      <Trouble problem={sending.trouble} />
      <button type="submit" class="answer" aria-disabled={sending.busy}>
        {sending.busy ? t("alarm.sending") : act}
      </button>
    </Form>
  );
}

function myName(): string {
  return session.value.state === "in" ? session.value.me.name : "";
}
