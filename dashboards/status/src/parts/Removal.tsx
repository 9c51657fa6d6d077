// Taking something away needs a second tap at the same place.

import { useSignal } from "@preact/signals";
import { t } from "../texts.ts";

export function Removal({ busy, remove }: { busy: boolean; remove: () => void }) {
  const sure = useSignal(false);
  return (
    <button
      type="button"
      class="tool edged removal"
      aria-disabled={busy}
      onClick={() => {
        if (sure.value) remove();
        sure.value = !sure.value;
      }}
    >
      {t(sure.value ? "editor.remove_sure" : "editor.remove")}
    </button>
  );
}
