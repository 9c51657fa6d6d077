// 门禁: all doors by building, with search; the state of each in shape and words.

import type { Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Door } from "../door_shapes.ts";
import { DoorPicture } from "../parts/DoorPicture.tsx";
import { PriorityMark } from "../parts/PriorityMark.tsx";
import { href } from "../route.ts";
import { controller, doubt, place, refusal, said, troubles } from "../show/door.ts";
import * as doors from "../store/doors.ts";
import { t } from "../texts.ts";

const EVERY_MS = 5_000;

export function Doors() {
  useEffect(() => doors.watch(EVERY_MS), []);
  const wanted = useSignal("");
  const known = doors.ids.value;
  const wrong = doors.trouble.value;
  const found = (known ?? []).filter((id) => fits(id, wanted.value));
  return (
    <main id="content" class="doors-page" tabIndex={-1}>
      <h1>{t("nav.doors")}</h1>
      <label class="search">
        <span class="unseen">{t("doors.search")}</span>
        <input
          type="search"
          placeholder={t("doors.search")}
          value={wanted.value}
          onInput={(event) => (wanted.value = event.currentTarget.value)}
        />
      </label>
      {wrong !== null && (
        <p class="trouble" role="status">
          {refusal(wrong)}
        </p>
      )}
      {known === null && wrong === null && <p class="empty">{t("verdict.waiting")}</p>}
      {known !== null && found.length === 0 && <p class="empty">{t("doors.none")}</p>}
      {buildings(found).map(([name, ids]) => (
        <section key={name} class="door-building">
          <h2>
            {name} <span class="number">{t("tile.doors", { n: ids.length })}</span>
          </h2>
          <ul class="door-rows">
            {ids.map((id) => (
              <DoorRow key={id} door={doors.one(id) as Signal<Door>} />
            ))}
          </ul>
        </section>
      ))}
    </main>
  );
}

/** Every word that was typed is found somewhere in the door's place, name or id. */
function fits(id: string, wanted: string): boolean {
  const door = doors.one(id)?.peek();
  if (door === undefined) return false;
  const text = `${place(door)} ${door.name} ${door.id} ${door.owner} ${door.maintainer}`.toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

function buildings(ids: readonly string[]): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const id of ids) {
    const door = doors.one(id)?.peek();
    const name = door?.building_name || t("doors.elsewhere");
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [id]);
    else group.push(id);
  }
  return [...groups];
}

function DoorRow({ door: { value: door } }: { door: Signal<Door> }) {
  const wrong = troubles(door);
  const unsure = doubt(door);
  const worst = wrong[0]?.priority;
  const open = door.open === true && unsure === null;
  return (
    <li
      class={`door-row${worst === undefined ? "" : ` p${worst}`}${unsure === null ? "" : " unsure"}${open ? " open" : ""}`}
      data-door={door.id}
    >
      <DoorPicture open={unsure === null ? door.open : null} />
      <div>
        <p class="door-name">
          <a href={href({ page: "door", device: door.device, part: door.part })}>{door.name}</a>
          <span>{controller({ ...door, building_name: "", name: "" })}</span>
          {door.escape && <span class="tag escape">{t("door.escape")}</span>}
          {door.standing !== "in_service" && <span class="tag">{t(`standing.${door.standing}`)}</span>}
        </p>
        <p class="door-words">
          {unsure === null ? said(door) : `${unsure}${said(door) === "" ? "" : ` · ${t("door.last_known", { said: said(door) })}`}`}
        </p>
        {wrong.map(({ key, priority }) => (
          <p key={key} class={`door-trouble p${priority}`}>
            <PriorityMark priority={priority} />
            {t(key)}
          </p>
        ))}
        {door.table.state !== "current" && door.table.state !== "none" && (
          <p class="door-words">{t(`table.${door.table.state}`)}</p>
        )}
      </div>
    </li>
  );
}
