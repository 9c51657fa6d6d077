// A PIN of one's own: for doors from a phone, and for the duty screen. Proved by the password.

import { useSignal } from "@preact/signals";
import { put } from "../ask.ts";
import type { Me } from "../shapes.ts";
import { useSending } from "../sending.ts";
import { lookAgain } from "../store/session.ts";
import { t } from "../texts.ts";
import { Form } from "./Form.tsx";
import { Secret } from "./Secret.tsx";
import { Trouble } from "./Trouble.tsx";

const SHORTEST = 4;

/** Whether a PIN can be chosen here: a change, and whoever holds a phone, must be proved by the password. */
export function canChoosePin(me: Me): boolean {
  return me.password_set || (!me.pin_set && me.way !== "phone");
}

export function PinForm({ me, act, done }: { me: Me; act: string; done: () => void }) {
  const [password, pin] = [useSignal(""), useSignal("")];
  const sending = useSending();
  const submit = async () => {
    const body = { ...(me.password_set && { password: password.value }), pin: pin.value };
    if (!(await sending.run(() => put<void>("me/pin", body)))) return;
    await lookAgain();
    done();
  };
  return (
    <Form class="form" trouble={sending.trouble} submit={() => void submit()}>
      {me.password_set && (
        <Secret label={t("account.password")} name="password" value={password} complete="current-password" />
      )}
      <Secret
        label={t("account.pin_new")}
        name="pin"
        value={pin}
        complete="off"
        note={t("account.pin_note")}
        minLength={SHORTEST}
        digits
      />
      <Trouble problem={sending.trouble} />
      <button type="submit" class="answer" aria-disabled={sending.busy}>
        {sending.busy ? t("alarm.sending") : act}
      </button>
    </Form>
  );
}
