// A test message over a channel, followed until it was delivered, answered, or failed.

import { useSignal } from "@preact/signals";
import { get, post } from "../ask.ts";
import { useAsked } from "../asked.ts";
import { CalmMark, PriorityMark } from "../parts/PriorityMark.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { useSending } from "../sending.ts";
import type { Proof, SetUp } from "../setup_shapes.ts";
import { reason } from "../show/value.ts";
import { t } from "../texts.ts";

const EVERY_MS = 1_500;

interface Asked {
  channel: string;
  proved: boolean;
  heard: (whole: SetUp) => void;
}

export function Proving({ channel, proved, heard }: Asked) {
  const [to, code] = [useSignal(""), useSignal("")];
  const number = useSignal<number | null>(null);
  const path = number.value === null ? null : `setup/channel/proofs/${number.value}`;
  const { value: proof } = useAsked<Proof>(path, EVERY_MS);
  const sending = useSending();
  const send = () =>
    sending.run(async () => {
      number.value = (await post<{ number: number }>("setup/channel/prove", { channel, to: to.value.trim() })).number;
    });
  const enter = () =>
    sending.run(async () => {
      await post<Proof>(String(path), { code: code.value.trim() });
      heard(await get<SetUp>("setup"));
    });
  const done = proved || proof?.fate === "delivered" || proof?.fate === "answered";
  return (
    <div class="proving">
      {done ? (
        <p class="outcome done" role="status">
          <CalmMark />
          {t("setup.channel.proved")}
        </p>
      ) : (
        <>
          <label class="field">
            <span>{t("setup.channel.to")}</span>
            <input maxLength={200} autoComplete="off" value={to.value} onInput={(event) => (to.value = event.currentTarget.value)} />
          </label>
          <button type="button" class="answer quiet" aria-disabled={sending.busy} onClick={() => void send()}>
            {t("setup.channel.prove")}
          </button>
        </>
      )}
      {!done && proof !== null && (
        <p class={`outcome ${proof.fate === "failed" ? "refused" : "waiting"}`} role="status">
          {proof.fate === "failed" ? <PriorityMark priority={2} /> : <PriorityMark priority={4} />}
          <span>
            {t(`setup.proof.${proof.fate}`)}
            {proof.why !== "" && <small>{reason(proof.why)}</small>}
          </span>
        </p>
      )}
      {!done && proof?.fate === "sent" && (
        <>
          <label class="field">
            <span>{t("setup.channel.code")}</span>
            <input
              inputMode="numeric"
              maxLength={8}
              autoComplete="off"
              value={code.value}
              onInput={(event) => (code.value = event.currentTarget.value)}
            />
          </label>
          <button type="button" class="answer" aria-disabled={sending.busy} onClick={() => void enter()}>
            {t("setup.channel.check")}
          </button>
        </>
      )}
      <Trouble problem={sending.trouble} />
    </div>
  );
}
