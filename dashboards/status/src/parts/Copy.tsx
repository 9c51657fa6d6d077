// Into the clipboard by one tap; on a page without HTTPS the browser's older way does it.

import { useSignal } from "@preact/signals";
import { t } from "../texts.ts";

export function Copy({ text }: { text: string }) {
  const said = useSignal<"copy" | "copied" | "not_copied">("copy");
  const copy = async () => {
    said.value = (await copied(text)) ? "copied" : "not_copied";
  };
  return (
    <>
      <button type="button" class="answer" onClick={() => void copy()}>
        {t(`copy.${said.value}`)}
      </button>
      <span class="unseen" role="status">
        {said.value !== "copy" && t(`copy.${said.value}`)}
      </span>
    </>
  );
}

async function copied(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard !== undefined) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // refused by the browser: the older way may still be allowed
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
