// The field of a password that is chosen now.

import type { Signal } from "@preact/signals";
import { t } from "../texts.ts";
import { Secret } from "./Secret.tsx";

/** As docs/accounts.md has it. The gateway judges: it counts a Chinese character as two. */
const SHORTEST = 10;

export function NewPassword({ name, value }: { name: string; value: Signal<string> }) {
  return (
    <Secret
      label={t("account.password_new")}
      name={name}
      value={value}
      complete="new-password"
      note={t("account.password_note", { n: SHORTEST })}
    />
  );
}
