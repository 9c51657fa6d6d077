// 我的账号: password, PIN, phones and browsers that are signed in, and tokens for programs.

import { useSignal } from "@preact/signals";
import type { Invitation, SessionRow } from "../account_shapes.ts";
import { post, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import { Dialog } from "../parts/Dialog.tsx";
import { Moment } from "../parts/Moment.tsx";
import { PasswordForm } from "../parts/PasswordForm.tsx";
import { canChoosePin, PinForm } from "../parts/PinForm.tsx";
import { Tokens } from "../parts/Tokens.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { WayIn } from "../parts/WayIn.tsx";
import { useSending } from "../sending.ts";
import { day, iso } from "../show/utc.ts";
import { session, signedOut } from "../store/session.ts";
import { t } from "../texts.ts";

type Changing = "password" | "pin";

export function MyAccount() {
  const changing = useSignal<Changing | null>(null);
  const current = session.value;
  if (current.state !== "in") return null;
  const { me } = current;
  const acts = me.role !== "auditor"; // who opens no door needs neither PIN nor phone nor token
  const leave = () => {
    changing.value = null;
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.account")}</h1>
      <p class="lead">
        {me.name} · {t(`account.role.${me.role as "viewer"}`)}
      </p>
      <dl class="facts panel">
        {(acts ? (["password", "pin"] as const) : (["password"] as const)).map((what) => (
          <div key={what} class="fact">
            <dt>{t(`account.${what}`)}</dt>
            <dd>
              {t(me[`${what}_set`] ? "account.set" : "account.unset")}
              {what === "password" || canChoosePin(me) ? (
                <button type="button" class="tool edged" onClick={() => (changing.value = what)}>
                  {t(me[`${what}_set`] ? "account.change" : "account.choose")}
                </button>
              ) : (
                <span>{t("account.password_first")}</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      <Sessions phones={acts} />
      {acts && <Tokens />}
      {changing.value !== null && (
        <Dialog title={t(`account.${changing.value}`)} leave={leave}>
          {changing.value === "password" ? (
            <PasswordForm act={t("editor.save")} done={leave} />
          ) : (
            <PinForm me={me} act={t("editor.save")} done={leave} />
          )}
          <div class="dialog-buttons">
            <button type="button" class="answer quiet" onClick={leave}>
              {t("dialog.cancel")}
            </button>
          </div>
        </Dialog>
      )}
    </main>
  );
}

function Sessions({ phones }: { phones: boolean }) {
  const { value, trouble, again } = useAsked<{ sessions: SessionRow[] }>("me/sessions");
  const phone = useSignal<Invitation | null>(null);
  const [binding, ending] = [useSending(), useSending()];
  const bind = () =>
    void binding.run(async () => {
      phone.value = await post<Invitation>("me/phone", {});
    });
  const end = async (path: string) => {
    const everywhere = path === "me/sessions";
    if (!(await ending.run(() => remove(path)))) return;
    if (everywhere) signedOut();
    else again();
  };
  return (
    <section aria-labelledby="sessions-title">
      <h2 id="sessions-title">{t("account.sessions")}</h2>
      <Trouble problem={trouble ?? ending.trouble} />
      <ul class="person-rows">
        {value?.sessions.map((one) => (
          <li key={one.id} class="person" data-session={one.id}>
            <b>
              {t(`account.kind.${one.kind}`)} {one.label}
            </b>
            <span>
              {t("account.seen")} <Moment at={iso(one.seen_utc)} />
              {one.until_utc !== null && ` · ${t("account.until", { day: day(one.until_utc) })}`}
            </span>
            {one.current ? (
              <p>
                <span class="tag">{t("account.this")}</span>
              </p>
            ) : (
              <div class="person-acts">
                <button
                  type="button"
                  class="tool edged"
                  aria-disabled={ending.busy}
                  onClick={() => void end(`me/sessions/${encodeURIComponent(one.id)}`)}
                >
                  {t("account.end")}
                </button>
              </div>
            )}
          </li>
        ))}
      </ul>
      <Trouble problem={binding.trouble} />
      {phone.value !== null && <WayIn invitation={phone.value} note={t("account.phone_note")} />}
      <div class="orders">
        {phones && (
          <button type="button" class="answer quiet" aria-disabled={binding.busy} onClick={bind}>
            {t("account.phone_add")}
          </button>
        )}
        <button type="button" class="answer quiet" aria-disabled={ending.busy} onClick={() => void end("me/sessions")}>
          {t("account.end_all")}
        </button>
      </div>
    </section>
  );
}
