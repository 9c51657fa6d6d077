// Photos from the phone's camera: each is uploaded at once, made smaller first where it is large.

import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { postPicture } from "../ask.ts";
import { useSending } from "../sending.ts";
import { shrunk } from "../show/photo.ts";
import { t } from "../texts.ts";
import { Trouble } from "./Trouble.tsx";

/** As many as the gateway takes with one step. */
const MOST = 12;

/** `photos` are the names that the gateway gave them; `busy` while one is under way. */
export function PhotoField({ photos, busy }: { photos: Signal<readonly string[]>; busy: Signal<boolean> }) {
  const id = useId();
  const sending = useSending();
  const take = async (input: HTMLInputElement) => {
    const files = [...(input.files ?? [])].slice(0, MOST - photos.value.length);
    busy.value = true;
    await sending.run(async () => {
      for (const file of files) {
        const { sha256 } = await postPicture<{ sha256: string }>("incidents/photos", await shrunk(file));
        if (!photos.value.includes(sha256)) photos.value = [...photos.value, sha256];
      }
    });
    input.value = "";
    busy.value = false;
  };
  return (
    <div class="field photo-field">
      <label for={id}>{t("photo.add")}</label>
      <input
        id={id}
        type="file"
        accept="image/jpeg,image/png,image/webp"
        capture="environment"
        disabled={sending.busy || photos.value.length >= MOST}
        onChange={(event) => void take(event.currentTarget)}
      />
      <p class="field-note" role="status">
        {sending.busy ? t("photo.sending") : photos.value.length > 0 && t("photo.taken", { n: photos.value.length })}
      </p>
      <Trouble problem={sending.trouble} />
    </div>
  );
}
