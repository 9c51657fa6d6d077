// 账号: who may come in and what for; invitations, and one large act for a lost phone.

import { useSignal } from "@preact/signals";
import type { Invitation, LostPhone, User } from "../account_shapes.ts";
import { post, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import { CalmMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { InviteDialog, UserDialog } from "../parts/UserDialogs.tsx";
import { WayIn } from "../parts/WayIn.tsx";
import { WordDialog } from "../parts/WordDialog.tsx";
import { useSending } from "../sending.ts";
import { gridNames } from "../store/overview.ts";
import { mayAdminister } from "../store/session.ts";
import { t } from "../texts.ts";

type Open = { what: "invite" } | { what: "edit" | "lost"; user: User };

export function Users() {
  const { value, trouble, again } = useAsked<{ users: User[] }>("users");
  const open = useSignal<Open | null>(null);
  const invited = useSignal<{ name: string; invitation: Invitation } | null>(null);
  const ended = useSignal<{ name: string; counts: LostPhone } | null>(null);
  const leave = (done: boolean) => {
    open.value = null;
    if (done) again();
  };
  const shown = open.value;
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.users")}</h1>
      {mayAdminister() && (
        <div class="orders">
          <button type="button" class="answer" onClick={() => (open.value = { what: "invite" })}>
            {t("users.invite")}
          </button>
        </div>
      )}
      {invited.value !== null && (
        <WayIn invitation={invited.value.invitation} note={t("users.invited", { name: invited.value.name })} />
      )}
      {ended.value !== null && <Ended {...ended.value} />}
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      <ul class="person-rows">
        {value?.users.map((user) => (
          <Row
            key={user.id}
            user={user}
            open={(what) => (open.value = { what, user })}
            invited={(invitation) => (invited.value = { name: user.name, invitation })}
            again={again}
          />
        ))}
      </ul>
      {shown?.what === "invite" && (
        <InviteDialog made={(name, invitation) => (invited.value = { name, invitation })} leave={leave} />
      )}
      {shown?.what === "edit" && <UserDialog user={shown.user} leave={leave} />}
      {shown?.what === "lost" && (
        <WordDialog
          title={t("users.lost_ask", { name: shown.user.name })}
          act={t("users.lost_act")}
          offered={[t("users.lost_lost"), t("users.lost_stolen")]}
          send={async (reason) => {
            const path = `users/${encodeURIComponent(shown.user.id)}/lost-phone`;
            ended.value = { name: shown.user.name, counts: await post<LostPhone>(path, { reason }) };
          }}
          leave={leave}
        >
          <p class="dialog-note">{t("users.lost_note")}</p>
        </WordDialog>
      )}
    </main>
  );
}

function Ended({ name, counts }: { name: string; counts: LostPhone }) {
  return (
    <p class="outcome done" role="status">
      <CalmMark />
      <span>
        {t("users.lost_done", { name })}
        <small>{t("users.lost_counts", { ...counts })}</small>
      </span>
    </p>
  );
}

interface RowAsked {
  user: User;
  open: (what: "edit" | "lost") => void;
  invited: (invitation: Invitation) => void;
  again: () => void;
}

function Row({ user, open, invited, again }: RowAsked) {
  const sending = useSending();
  const path = `users/${encodeURIComponent(user.id)}`;
  const invite = () => sending.run(async () => invited(await post<Invitation>(`${path}/invite`, {})));
  const signOut = async () => {
    if (await sending.run(() => remove(`${path}/sessions`))) again();
  };
  return (
    <li class="person" data-user={user.id}>
      <b>
        {user.name} {user.closed && <span class="tag">{t("users.closed")}</span>}
      </b>
      <span>{[t(`account.role.${user.role}`), ...gridNames(user.grids)].join(" · ")}</span>
      <span>
        {t("users.inside", { sessions: user.sessions, tokens: user.tokens })}
        {!user.password_set && ` · ${t("users.no_password")}`}
        {!user.pin_set && ` · ${t("users.no_pin")}`}
      </span>
      <Trouble problem={sending.trouble} />
      <div class="person-acts">
        <button type="button" class="tool edged" onClick={() => open("edit")}>
          {t("people.edit")}
        </button>
        {!user.closed && (
          <button type="button" class="tool edged" aria-disabled={sending.busy} onClick={() => void invite()}>
            {t("users.link")}
          </button>
        )}
        {user.sessions > 0 && (
          <button type="button" class="tool edged" aria-disabled={sending.busy} onClick={() => void signOut()}>
            {t("users.sign_out")}
          </button>
        )}
        <button type="button" class="tool edged urgent-tool" onClick={() => open("lost")}>
          {t("users.lost")}
        </button>
      </div>
    </li>
  );
}
