// What the audit says, in words.

import { lookup } from "../texts.ts";

/** What rows can be asked for by. */
export const WHATS = [
  "sign_in", "sign_out", "user", "token", "command", "answer", "permit", "export", "configuration", "privacy", "investigation",
] as const; // prettier-ignore

export function whatWord(what: string): string {
  return lookup(`audit.did.${what}`, what);
}

export function resultWord(result: string): string {
  return lookup(`audit.result.${result}`, result);
}
