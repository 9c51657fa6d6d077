// A new account, and what may change about one: role, grids, closed or not.

import { useSignal } from "@preact/signals";
import { type Invitation, ROLES, type Role, type User } from "../account_shapes.ts";
import { post, put, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import type { Staff } from "../duty_shapes.ts";
import { useSending } from "../sending.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";
import { Field } from "./Field.tsx";
import { FormDialog } from "./FormDialog.tsx";
import { Picker } from "./Picker.tsx";
import { Removal } from "./Removal.tsx";
import { Select } from "./Select.tsx";
import { Trouble } from "./Trouble.tsx";

const roles = () => ROLES.map((role) => [role, t(`account.role.${role}`)] as const);
const grids = () => overview.grids.value.map(({ id, name }) => ({ id, label: name }));

interface Inviting {
  made: (name: string, invitation: Invitation) => void;
  leave: (done: boolean) => void;
}

export function InviteDialog({ made, leave }: Inviting) {
  const [name, person] = [useSignal(""), useSignal("")];
  const role = useSignal<string>("staff");
  const chosen = useSignal<readonly string[]>([]);
  const staff = useAsked<Staff>("people").value?.people ?? [];
  const send = async () => {
    const body = { name: name.value.trim(), role: role.value, grids: chosen.value, person: person.value };
    made(body.name, await post<Invitation>("users", body));
  };
  return (
    <FormDialog title={t("users.invite")} act={t("users.invite_act")} send={send} leave={leave}>
      <Field label={t("sign_in.name")} name="name" value={name} note={t("users.name_note")} required />
      <Select label={t("users.role")} name="role" options={roles()} chosen={role} />
      <p class="field-note">{t(`account.may.${role.value as Role}`)}</p>
      <Picker label={t("users.grids")} name="grids" choices={grids()} chosen={chosen} />
      <p class="field-note">{t("users.grids_note")}</p>
      <Select
        label={t("users.person")}
        name="person"
        none={t("users.person_none")}
        options={staff.map((one) => [one.id, one.name] as const)}
        chosen={person}
      />
    </FormDialog>
  );
}

export function UserDialog({ user, leave }: { user: User; leave: (done: boolean) => void }) {
  const role = useSignal<string>(user.role);
  const chosen = useSignal<readonly string[]>(user.grids);
  const closed = useSignal(user.closed);
  const dropping = useSending();
  const path = `users/${encodeURIComponent(user.id)}`;
  const drop = async () => {
    if (await dropping.run(() => remove(path))) leave(true);
  };
  return (
    <FormDialog
      title={user.name}
      act={t("editor.save")}
      send={() => put<void>(path, { role: role.value, grids: chosen.value, closed: closed.value })}
      leave={leave}
    >
      <Select label={t("users.role")} name="role" options={roles()} chosen={role} />
      <p class="field-note">{t(`account.may.${role.value as Role}`)}</p>
      <Picker label={t("users.grids")} name="grids" choices={grids()} chosen={chosen} />
      <label class="check">
        <input
          type="checkbox"
          name="closed"
          checked={closed.value}
          onChange={(event) => (closed.value = event.currentTarget.checked)}
        />
        <span>{t("users.close_note")}</span>
      </label>
      <Removal busy={dropping.busy} remove={() => void drop()} />
      <Trouble problem={dropping.trouble} />
    </FormDialog>
  );
}
