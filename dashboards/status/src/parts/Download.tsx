// A file of the gateway by one tap.

import { download } from "../download.ts";
import { useSending } from "../sending.ts";
import { t } from "../texts.ts";
import { Trouble } from "./Trouble.tsx";

export function Download({ path, label }: { path: string; label: string }) {
  const sending = useSending();
  const fetched = () => sending.run(() => download(path, new AbortController().signal, () => undefined));
  return (
    <>
      <button type="button" class="link" aria-disabled={sending.busy} onClick={() => void fetched()}>
        {sending.busy ? t("verdict.waiting") : label}
      </button>
      <Trouble problem={sending.trouble} />
    </>
  );
}
