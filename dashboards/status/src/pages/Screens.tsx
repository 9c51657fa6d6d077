// 值班屏: screens on walls, each with a session of its own that no time ends.

import { useSignal } from "@preact/signals";
import type { Invitation, Screen } from "../account_shapes.ts";
import { post, remove } from "../ask.ts";
import { useAsked } from "../asked.ts";
import { Field } from "../parts/Field.tsx";
import { FormDialog } from "../parts/FormDialog.tsx";
import { Moment } from "../parts/Moment.tsx";
import { Picker } from "../parts/Picker.tsx";
import { Removal } from "../parts/Removal.tsx";
import { Trouble } from "../parts/Trouble.tsx";
import { WayIn } from "../parts/WayIn.tsx";
import { useSending } from "../sending.ts";
import { iso } from "../show/utc.ts";
import * as overview from "../store/overview.ts";
import { t } from "../texts.ts";

export function Screens() {
  const { value, trouble, again } = useAsked<{ screens: Screen[] }>("screens");
  const adding = useSignal(false);
  const invited = useSignal<{ name: string; invitation: Invitation } | null>(null);
  const leave = (done: boolean) => {
    adding.value = false;
    if (done) again();
  };
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.screens")}</h1>
      <p class="lead">{t("screens.what")}</p>
      <div class="orders">
        <button type="button" class="answer" onClick={() => (adding.value = true)}>
          {t("screens.add")}
        </button>
      </div>
      {invited.value !== null && (
        <WayIn invitation={invited.value.invitation} note={t("screens.invited", { name: invited.value.name })} />
      )}
      <Trouble problem={trouble} />
      {value?.screens.length === 0 && <p class="empty">{t("screens.none")}</p>}
      <ul class="person-rows">
        {value?.screens.map((screen) => (
          <Row
            key={screen.id}
            screen={screen}
            invited={(invitation) => (invited.value = { name: screen.name, invitation })}
            again={again}
          />
        ))}
      </ul>
      {adding.value && (
        <ScreenDialog made={(name, invitation) => (invited.value = { name, invitation })} leave={leave} />
      )}
    </main>
  );
}

interface RowAsked {
  screen: Screen;
  invited: (invitation: Invitation) => void;
  again: () => void;
}

function Row({ screen, invited, again }: RowAsked) {
  const sending = useSending();
  const path = `screens/${encodeURIComponent(screen.id)}`;
  const invite = () => sending.run(async () => invited(await post<Invitation>(`${path}/invite`, {})));
  const drop = async () => {
    if (await sending.run(() => remove(path))) again();
  };
  return (
    <li class="person" data-screen={screen.id}>
      <b>{screen.name}</b>
      {screen.grids.length > 0 && <span>{overview.gridNames(screen.grids).join(" · ")}</span>}
      <span>
        {screen.sessions === 0 && t("screens.not_signed_in")}
        {screen.seen_utc !== null && (
          <>
            {t("account.seen")} <Moment at={iso(screen.seen_utc)} />
          </>
        )}
      </span>
      <Trouble problem={sending.trouble} />
      <div class="person-acts">
        <button type="button" class="tool edged" aria-disabled={sending.busy} onClick={() => void invite()}>
          {t("users.link")}
        </button>
        <Removal busy={sending.busy} remove={() => void drop()} />
      </div>
    </li>
  );
}

interface Adding {
  made: (name: string, invitation: Invitation) => void;
  leave: (done: boolean) => void;
}

function ScreenDialog({ made, leave }: Adding) {
  const name = useSignal("");
  const grids = useSignal<readonly string[]>([]);
  const send = async () => {
    const body = { name: name.value.trim(), grids: grids.value };
    made(body.name, await post<Invitation>("screens", body));
  };
  return (
    <FormDialog title={t("screens.add")} act={t("users.invite_act")} send={send} leave={leave}>
      <Field label={t("editor.name")} name="name" value={name} note={t("screens.name_note")} required />
      <Picker
        label={t("users.grids")}
        name="grids"
        choices={overview.grids.value.map(({ id, name: said }) => ({ id, label: said }))}
        chosen={grids}
      />
      <p class="field-note">{t("users.grids_note")}</p>
    </FormDialog>
  );
}
