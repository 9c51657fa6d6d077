// Tokens for programs: what each may do and until when; a new one is shown once.

import { useSignal } from "@preact/signals";
import { SCOPES, type Token } from "../account_shapes.ts";
import { post, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import { useSending } from "../sending.ts";
import { day, iso } from "../show/utc.ts";
import { lookup, t } from "../texts.ts";
import { Chips } from "./Chips.tsx";
import { Copy } from "./Copy.tsx";
import { Field } from "./Field.tsx";
import { FormDialog } from "./FormDialog.tsx";
import { Moment } from "./Moment.tsx";
import { Picker } from "./Picker.tsx";
import { Removal } from "./Removal.tsx";
import { Trouble } from "./Trouble.tsx";

const DAYS = [30, 90, 365] as const;

export function Tokens() {
  const { value, trouble, again } = useAsked<{ tokens: Token[] }>("me/tokens");
  const [asking, made] = [useSignal(false), useSignal("")];
  const ending = useSending();
  const end = async (token: string) => {
    if (await ending.run(() => remove(`me/tokens/${encodeURIComponent(token)}`))) again();
  };
  const leave = (done: boolean) => {
    asking.value = false;
    if (done) again();
  };
  return (
    <section aria-labelledby="tokens-title">
      <h2 id="tokens-title">{t("account.tokens")}</h2>
      <Trouble problem={trouble ?? ending.trouble} />
      {value?.tokens.length === 0 && <p class="empty">{t("account.tokens_none")}</p>}
      <ul class="person-rows">
        {value?.tokens.map((token) => (
          <li key={token.id} class="person" data-token={token.id}>
            <b>{token.name}</b>
            <span>{token.scopes.map((scope) => lookup(`account.scope.${scope}`, scope)).join(" · ")}</span>
            <span>
              {token.until_utc !== null && t("account.until", { day: day(token.until_utc) })}{" "}
              {token.seen_utc === null ? t("account.never_used") : <Moment at={iso(token.seen_utc)} />}
            </span>
            <div class="person-acts">
              <Removal busy={ending.busy} remove={() => void end(token.id)} />
            </div>
          </li>
        ))}
      </ul>
      {made.value !== "" && (
        <section class="way-in" aria-live="polite">
          <p class="trouble">{t("account.token_once")}</p>
          <code>{made.value}</code>
          <Copy text={made.value} />
        </section>
      )}
      <div class="orders">
        <button type="button" class="answer quiet" onClick={() => (asking.value = true)}>
          {t("account.token_add")}
        </button>
      </div>
      {asking.value && <TokenDialog made={(token) => (made.value = token)} leave={leave} />}
    </section>
  );
}

function TokenDialog({ made, leave }: { made: (token: string) => void; leave: (done: boolean) => void }) {
  const name = useSignal("");
  const scopes = useSignal<readonly string[]>(["read"]);
  const days = useSignal<number>(DAYS[1]);
  const send = async () => {
    const body = { name: name.value.trim(), scopes: scopes.value, days: days.value };
    made((await post<{ token: string }>("me/tokens", body)).token);
  };
  return (
    <FormDialog title={t("account.token_add")} act={t("account.token_make")} send={send} leave={leave}>
      <Field label={t("account.token_name")} name="name" value={name} note={t("account.token_note")} required />
      <Picker
        label={t("account.scopes")}
        name="scopes"
        choices={SCOPES.map((id) => ({ id, label: t(`account.scope.${id}`) }))}
        chosen={scopes}
        required
      />
      <Chips<number>
        label={t("account.days")}
        name="days"
        options={DAYS.map((n) => [n, t("span.days", { n })] as const)}
        chosen={days}
      />
    </FormDialog>
  );
}
