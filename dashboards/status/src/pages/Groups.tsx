// 门组: doors that are permitted together.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { put, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { DoorGroup } from "../door_shapes.ts";
import { Field } from "../parts/Field.tsx";
import { Form } from "../parts/Form.tsx";
import { Picker } from "../parts/Picker.tsx";
import { Removal } from "../parts/Removal.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { useSending } from "../sending.ts";
import { whole } from "../show/door.ts";
import * as doors from "../store/doors.ts";
import { mayWork } from "../store/session.ts";
import { t } from "../texts.ts";

const NEW: DoorGroup = { id: "", name: "", doors: [], permits: 0 };

export function Groups() {
  useEffect(() => void doors.ask(), []);
  const { value, trouble, again } = useAsked<{ groups: DoorGroup[] }>("door-groups");
  const chosen = useSignal<DoorGroup | null>(null);
  const left = (changed: boolean) => {
    chosen.value = null;
    if (changed) again();
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.groups")}</h1>
      <Trouble problem={trouble} />
      {value === null && trouble === null && <p class="empty">{t("verdict.waiting")}</p>}
      {value?.groups.length === 0 && <p class="empty">{t("groups.none")}</p>}
      {chosen.value === null && mayWork() && (
        <p class="orders">
          <button type="button" class="answer quiet" onClick={() => (chosen.value = NEW)}>
            {t("groups.new")}
          </button>
        </p>
      )}
      {chosen.value !== null && <Editor key={chosen.value.id} group={chosen.value} leave={left} />}
      <ul class="editable">
        {value?.groups.map((group) => (
          <li key={group.id}>
            <button type="button" disabled={!mayWork()} onClick={() => (chosen.value = group)}>
              <b>{group.name || group.id}</b>
              <span>
                {group.id} · {t("groups.counts", { doors: group.doors.length, permits: group.permits })}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </main>
  );
}

function Editor({ group, leave }: { group: DoorGroup; leave: (changed: boolean) => void }) {
  const [id, name] = [useSignal(group.id), useSignal(group.name)];
  const picked = useSignal<readonly string[]>(group.doors);
  const sending = useSending();
  const path = () => `door-groups/${encodeURIComponent(id.value.trim())}`;
  const save = async () => {
    const body = { name: name.value.trim() || id.value.trim(), doors: picked.value };
    if (await sending.run(() => put<DoorGroup>(path(), body).then(() => undefined))) leave(true);
  };
  const drop = async () => {
    if (await sending.run(() => remove(path()))) leave(true);
  };
  return (
    <Form class="form panel" trouble={sending.trouble} submit={() => void save()}>
      {group === NEW && <Field label={t("editor.id")} note={t("editor.id_note")} value={id} name="id" required maxLength={40} />}
      <Field label={t("editor.name")} value={name} name="name" />
      <Picker
        label={t("groups.doors")}
        choices={doors.all().map((door) => ({ id: door.id, label: whole(door) }))}
        chosen={picked}
        name="doors"
        required
      />
      <Trouble problem={sending.trouble} />
      <div class="dialog-buttons">
        {group !== NEW && <Removal busy={sending.busy} remove={() => void drop()} />}
        <button type="button" class="answer quiet" onClick={() => leave(false)}>
          {t("dialog.cancel")}
        </button>
        <button type="submit" class="answer" aria-disabled={sending.busy}>
          {t("editor.save")}
        </button>
      </div>
    </Form>
  );
}
