// Which keys do what in the list of alarms.

import { t } from "../texts.ts";
import { Dialog } from "./Dialog.tsx";

const KEYS = ["j", "k", "a", "n", "s", "?"] as const;

export function KeysDialog({ leave }: { leave: () => void }) {
  return (
    <Dialog title={t("keys.title")} leave={leave}>
      <dl class="keys">
        {KEYS.map((key) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`keys.${key === "?" ? "help" : key}`)}</dd>
          </div>
        ))}
      </dl>
      <div class="dialog-buttons">
        <button type="button" class="answer" onClick={leave}>
          {t("dialog.leave")}
        </button>
      </div>
    </Dialog>
  );
}
