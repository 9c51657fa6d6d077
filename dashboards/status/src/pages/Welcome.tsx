// Somebody came in by a link for the first time: a password to come in again, and a PIN for doors. One thing at a time.

import { useSignal } from "@preact/signals";
import { PasswordForm } from "../parts/PasswordForm.tsx";
import { PinForm } from "../parts/PinForm.tsx";
import { href } from "../route.ts";
import { session } from "../store/session.ts";
import { t } from "../texts.ts";

export function Welcome() {
  const current = session.value;
  const step = useSignal<"password" | "pin">(current.state === "in" && current.me.password_set ? "pin" : "password");
  if (current.state !== "in") return null;
  const finish = () => {
    location.hash = href({ page: "overview" });
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail-steps">{t("welcome.step", { n: step.value === "password" ? 1 : 2, total: 2 })}</p>
      <h1>{t("welcome.title", { name: current.me.name })}</h1>
      {step.value === "password" ? (
        <>
          <p class="lead">{t("welcome.password")}</p>
          <PasswordForm act={t("welcome.next")} done={() => (step.value = "pin")} />
        </>
      ) : (
        <>
          <p class="lead">{t("welcome.pin")}</p>
          <PinForm me={current.me} act={t("welcome.finish")} done={finish} />
        </>
      )}
      <p class="later">
        <a href={href({ page: "overview" })}>{t("welcome.later")}</a>
      </p>
    </main>
  );
}
