// Who works here, how each is reached, who leads, and who is on duty.

import { type Signal, signal, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { Field } from "../parts/Field.tsx";
import { Select } from "../parts/Select.tsx";
import type { Channel, Grid, Staffer, Staffing } from "../setup_shapes.ts";
import { lookup, t } from "../texts.ts";
import { DutyPart } from "./DutyPart.tsx";
import { dutyOf, rosterOf } from "./shifts.ts";
import { StepForm, type Walk } from "./StepForm.tsx";

interface Draft {
  id: string;
  account: string;
  name: Signal<string>;
  channel: Signal<string>;
  to: Signal<string>;
  /** Other ways than the first, as they were. */
  more: Staffer["reach"];
}

export function PeopleStep({ walk }: { walk: Walk }) {
  const before = walk.step.entered as Staffing | null;
  const entered = (id: string) => walk.whole.steps.find((step) => step.id === id)?.entered;
  const channels = (entered("channel")?.channels as Channel[] | undefined) ?? [];
  const grids = (entered("grids")?.grids as Grid[] | undefined) ?? [];
  const usual = channels[0]?.id ?? "";
  const fresh = (number: number) => draft({ id: `p${number}`, name: "", reach: [] }, usual);
  const people = useSignal<readonly Draft[]>(before?.people.map((one) => draft(one, usual)) ?? [fresh(1)]);
  const leader = useSignal(before?.leader ?? "");
  const duty = useMemo(() => dutyOf(before?.roster ?? [], grids.length), []);
  const named = people.value.map(({ id, name }) => [id, name.value || id] as const);
  const body = (): Staffing => ({
    people: people.value.map(({ id, account, name, channel, to, more }) => ({
      id,
      account,
      name: name.value.trim(),
      reach: [...(to.value.trim() === "" ? [] : [{ channel: channel.value, to: to.value.trim() }]), ...more],
    })),
    leader: leader.value,
    roster: rosterOf(duty, grids.map(({ id }) => id)), // prettier-ignore
  });
  const add = () => {
    const used = new Set(people.value.map(({ id }) => id));
    let number = people.value.length + 1;
    while (used.has(`p${number}`)) number++;
    people.value = [...people.value, fresh(number)];
  };
  return (
    <StepForm walk={walk} question={t("setup.people.ask")} note={t(channels.length > 0 ? "setup.people.note" : "setup.people.no_channel")} body={body}>
      {people.value.map((one, place) => (
        <fieldset key={one.id} class="entry">
          <legend>{one.name.value || t("setup.people.nth", { n: place + 1 })}</legend>
          <Field label={t("privacy.name")} name={`people.${place}.name`} value={one.name} maxLength={40} required />
          {channels.length > 0 && (
            <div class="two-fields">
              <Select
                label={t("people.channel")}
                name={`people.${place}.reach.0.channel`}
                options={channels.map(({ id, kind }) => [id, lookup(`setup.kind.${kind}`, kind)] as const)}
                chosen={one.channel}
              />
              <Field label={t("people.to")} name={`people.${place}.reach.0.to`} value={one.to} maxLength={200} />
            </div>
          )}
          <button
            type="button"
            class="tool edged"
            onClick={() => (people.value = people.value.filter((other) => other !== one))}
          >
            {t("editor.remove")}
          </button>
        </fieldset>
      ))}
      <button type="button" class="tool edged" onClick={add}>
        {t("people.add")}
      </button>
      <Select label={t("setup.people.leader")} name="leader" none={t("setup.people.nobody")} options={named} chosen={leader} />
      {grids.length > 0 && <DutyPart duty={duty} grids={grids} people={named} />}
    </StepForm>
  );
}

function draft({ id, name, account = "", reach }: Staffer, usual: string): Draft {
  const [first, ...more] = reach;
  return { id, account, more, name: signal(name), channel: signal(first?.channel ?? usual), to: signal(first?.to ?? "") };
}
