// A PIN of one's own: for doors from a phone, and for the duty screen. Proved by the password, or by the PIN before.

import { useSignal } from "@preact/signals";
import { put } from "../ask.ts";
import { useSending } from "../sending.ts";
import { lookAgain, session } from "../store/session.ts";
import { t } from "../texts.ts";
import { Form } from "./Form.tsx";
import { Secret } from "./Secret.tsx";
import { Trouble } from "./Trouble.tsx";

const SHORTEST = 4;

export function PinForm({ act, done }: { act: string; done: () => void }) {
  const current = session.value;
  const changing = current.state === "in" && current.me.pin_set && !current.me.password_set;
  const [proof, pin] = [useSignal(""), useSignal("")];
  const sending = useSending();
  const submit = async () => {
    const body = { [changing ? "old_pin" : "password"]: proof.value, pin: pin.value };
    if (!(await sending.run(() => put<void>("me/pin", body)))) return;
    await lookAgain();
    [proof.value, pin.value] = ["", ""];
    done();
  };
  return (
    <Form class="form" trouble={sending.trouble} submit={() => void submit()}>
      {changing ? (
        <Secret label={t("account.pin_old")} name="old_pin" value={proof} complete="off" digits />
      ) : (
        <Secret label={t("account.password")} name="password" value={proof} complete="current-password" />
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
