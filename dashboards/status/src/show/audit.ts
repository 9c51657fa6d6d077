// What the audit says, in words.

import { lookup, t } from "../texts.ts";

/** What rows can be asked for by: each stands for all that begins with it. */
export const WHATS = [
  "user", "command", "answer", "alarm", "incident", "permits", "revocation", "sensor", "person", "export", "look", "configuration",
  "reload", "set_up", "erasure", "investigation", "refused",
] as const; // prettier-ignore

/** "账号:登录": the kind, and what exactly, as far as the catalogue knows them. */
export function whatWord(what: string): string {
  const [kind = "", ...detail] = what.split(".");
  const word = lookup(`audit.did.${kind}`, kind);
  if (detail.length === 0) return word;
  return t("audit.exactly", { what: word, detail: lookup(`audit.exact.${detail.join(".")}`, detail.join(" ")) });
}

/** "被拒绝(lockdown)": how it ended; that it was done is not said, for it is the usual. */
export function resultWord(result: string): string {
  const [word = "", ...more] = result.split(": ");
  const said = lookup(`audit.result.${word}`, word);
  return more.length === 0 ? said : t("audit.with", { result: said, why: lookup(`refusal.${more.join(": ")}`, more.join(": ")) });
}
