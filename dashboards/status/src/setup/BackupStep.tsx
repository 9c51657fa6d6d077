// Where a copy goes every night; the gateway tries it at once.

import { useSignal } from "@preact/signals";
import { Chips } from "../parts/Chips.tsx";
import { Copy } from "../parts/Copy.tsx";
import { Field } from "../parts/Field.tsx";
import { Secret } from "../parts/Secret.tsx";
import type { Step } from "../setup_shapes.ts";
import { t } from "../texts.ts";
import { StepForm, type Walk } from "./StepForm.tsx";

export function BackupStep({ walk }: { walk: Walk }) {
  const { entered } = walk.step;
  const changing = useSignal(false);
  const said = (key: string, otherwise = "") => useSignal(String(entered?.[key] ?? otherwise));
  const [folder, url, username, at] = [said("folder"), said("url"), said("username"), said("at", "03:30")];
  const password = useSignal("");
  const same = useSignal(entered?.same_disk_allowed === true);
  const where = useSignal<"folder" | "url">(url.value === "" ? "folder" : "url");
  const body = () =>
    where.value === "folder"
      ? { folder: folder.value.trim(), same_disk_allowed: same.value, at: at.value }
      : {
          url: url.value.trim(),
          username: username.value.trim(),
          ...(password.value !== "" && { password: password.value }),
          at: at.value,
        };
  const key = keyOf(walk.step);
  if (key !== "" && !changing.value) return <Key shown={key} walk={walk} change={() => (changing.value = true)} />;
  const stays = (taken: Step) => {
    changing.value = false;
    return keyOf(taken) !== "";
  };
  return (
    <StepForm walk={walk} question={t("setup.backup.ask")} note={t("setup.backup.note")} body={body} stays={stays}>
      <Chips<"folder" | "url">
        label={t("setup.backup.where")}
        options={[
          ["folder", t("setup.backup.folder")],
          ["url", t("setup.backup.url")],
        ]}
        chosen={where}
      />
      {where.value === "folder" ? (
        <>
          <Field label={t("setup.backup.folder")} name="folder" value={folder} note={t("setup.backup.folder_note")} maxLength={400} required />
          <label class="check">
            <input type="checkbox" checked={same.value} onChange={(event) => (same.value = event.currentTarget.checked)} />
            <span>{t("setup.backup.same_disk")}</span>
          </label>
        </>
      ) : (
        <>
          <Field label={t("setup.backup.url")} name="url" value={url} maxLength={400} required />
          <Field label={t("sign_in.name")} name="username" value={username} maxLength={100} />
          <Secret label={t("sign_in.password")} name="password" value={password} complete="off" required={false} />
        </>
      )}
      <Field label={t("setup.backup.at")} name="at" value={at} required />
    </StepForm>
  );
}

/** The key without which no copy can be read: nobody goes on before he says that he has it. */
function Key({ shown, walk, change }: { shown: string; walk: Walk; change: () => void }) {
  return (
    <section class="form setup-step">
      <h2>{t("setup.backup.made")}</h2>
      <div class="way-in" aria-live="polite">
        <p class="trouble">{t("setup.backup.key")}</p>
        <code>{shown}</code>
        <Copy text={shown} />
      </div>
      <div class="dialog-buttons">
        <button type="button" class="answer quiet" onClick={change}>
          {t("setup.backup.change")}
        </button>
        <button type="button" class="answer" onClick={walk.next}>
          {t("setup.backup.copied")}
        </button>
      </div>
    </section>
  );
}

/** "" where there is none, or where it is no longer told. */
function keyOf({ state, facts }: Step): string {
  return state === "done" && typeof facts.key === "string" ? facts.key : "";
}
