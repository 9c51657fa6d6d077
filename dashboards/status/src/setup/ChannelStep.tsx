// A way to people: entered, then proved by a message that really arrived.

import { type Signal, signal, useSignal } from "@preact/signals";
import { Field } from "../parts/Field.tsx";
import { Secret } from "../parts/Secret.tsx";
import { Select } from "../parts/Select.tsx";
import type { Channel } from "../setup_shapes.ts";
import { lookup, t } from "../texts.ts";
import { KINDS } from "./channel_kinds.ts";
import { Proving } from "./Proving.tsx";
import { StepForm, type Walk } from "./StepForm.tsx";

interface Draft {
  kind: string;
  settings: Record<string, Signal<string>>;
  secrets: Record<string, Signal<string>>;
}

export function ChannelStep({ walk }: { walk: Walk }) {
  const before = (walk.step.entered?.channels as Channel[] | undefined) ?? [];
  const channels = useSignal<readonly Draft[]>(before.map(({ kind, settings }) => draft(kind, settings)));
  const kept = (walk.step.facts.secrets ?? {}) as Record<string, string[]>;
  const free = Object.keys(KINDS).filter((one) => !channels.value.some((channel) => channel.kind === one));
  const kind = useSignal(free[0] ?? "");
  const add = () => {
    channels.value = [...channels.value, draft(kind.value, {})];
    kind.value = free.find((one) => one !== kind.value) ?? "";
  };
  return (
    <StepForm
      walk={walk}
      question={t("setup.channel.ask")}
      note={t("setup.channel.note")}
      body={() => ({ channels: channels.value.map(sent) })}
    >
      {channels.value.map((channel, place) => (
        <fieldset key={channel.kind} class="entry">
          <legend>{lookup(`setup.kind.${channel.kind}`, channel.kind)}</legend>
          <Keys channel={channel} place={place} kept={kept[channel.kind] ?? []} />
          {Object.keys(channel.settings).some(isOfAnswers) && (
            <fieldset class="entry">
              <legend>{t("setup.channel.answers")}</legend>
              <Keys channel={channel} place={place} kept={kept[channel.kind] ?? []} ofAnswers />
            </fieldset>
          )}
          {before.some((one) => one.id === channel.kind) && (
            <Proving channel={channel.kind} proved={proved(walk, channel.kind)} heard={walk.heard} />
          )}
          <button
            type="button"
            class="tool edged"
            onClick={() => (channels.value = channels.value.filter((one) => one !== channel))}
          >
            {t("editor.remove")}
          </button>
        </fieldset>
      ))}
      {free.length > 0 && (
        <div class="dealing">
          <Select
            label={t("setup.channel.kind")}
            options={free.map((one) => [one, lookup(`setup.kind.${one}`, one)] as const)}
            chosen={kind}
          />
          <button type="button" class="answer quiet" onClick={add}>
            {t("setup.channel.add")}
          </button>
        </div>
      )}
    </StepForm>
  );
}

interface Shown {
  channel: Draft;
  place: number;
  /** The secrets that were entered before. */
  kept: readonly string[];
  ofAnswers?: boolean;
}

/** The fields of a channel: those by which it speaks, or those by which it hears answers. */
function Keys({ channel: { kind, settings, secrets }, place, kept, ofAnswers = false }: Shown) {
  const shown = (fields: Record<string, Signal<string>>) =>
    Object.entries(fields).filter(([key]) => isOfAnswers(key) === ofAnswers);
  return (
    <>
      {shown(settings).map(([key, value]) => (
        <Field
          key={key}
          label={lookup(`setup.key.${key}`, key)}
          name={`channels.${place}.settings.${key}`}
          value={value}
          maxLength={400}
          required={!optional(kind, key)}
        />
      ))}
      {shown(secrets).map(([key, value]) => (
        <Secret
          key={key}
          label={lookup(`setup.key.${key}`, key)}
          name={`channels.${place}.secrets.${key}`}
          value={value}
          complete="off"
          note={kept.includes(key) ? t("setup.channel.kept") : ""}
          required={!optional(kind, key) && !kept.includes(key)}
        />
      ))}
    </>
  );
}

function isOfAnswers(key: string): boolean {
  return key.startsWith("answers.");
}

function draft(kind: string, settings: Readonly<Record<string, string>>): Draft {
  const known = KINDS[kind] ?? { settings: Object.keys(settings), secrets: [] };
  const fields = (keys: readonly string[], of: Readonly<Record<string, string>>) =>
    Object.fromEntries(keys.map((key) => [key, signal(of[key] ?? "")]));
  return { kind, settings: fields(known.settings, settings), secrets: fields(known.secrets, {}) };
}

/** What is left empty is not sent: a setting then has its usual value, a secret stays what it was. */
function sent({ kind, settings, secrets }: Draft): Channel {
  return { id: kind, kind, settings: filled(settings), secrets: filled(secrets) };
}

function filled(fields: Record<string, Signal<string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, { value }]) => (value.trim() === "" ? [] : [[key, value.trim()]])),
  );
}

function optional(kind: string, key: string): boolean {
  return KINDS[kind]?.optional.includes(key) ?? true;
}

function proved(walk: Walk, channel: string): boolean {
  return ((walk.step.facts.proved ?? []) as string[]).includes(channel);
}
