// Who stands at the screen: those on duty first, then whoever else works here, or a name that is in no list.

import { useSignal } from "@preact/signals";
import { useAsked } from "../asked.ts";
import type { Duties, Person, Staff } from "../duty_shapes.ts";
import { t } from "../texts.ts";
import { Field } from "./Field.tsx";

/** `choose` gets the name of the account. */
export function WhoList({ choose }: { choose: (account: string) => void }) {
  const duties = useAsked<Duties>("duty").value;
  const staff = useAsked<Staff>("people").value;
  const other = useSignal("");
  const on = onDuty(duties);
  const people = staff?.people ?? [];
  const rest = people.filter((person) => !on.includes(person.id));
  const first = people.filter((person) => on.includes(person.id)).sort((a, b) => on.indexOf(a.id) - on.indexOf(b.id));
  return (
    <div class="who">
      {first.length > 0 && <People label={t("pin.on_duty")} people={first} choose={choose} />}
      {rest.length > 0 && <People label={t("pin.others")} people={rest} choose={choose} />}
      <form
        class="who-other"
        onSubmit={(event) => {
          event.preventDefault();
          if (other.value.trim() !== "") choose(other.value.trim());
        }}
      >
        <Field label={t("pin.account")} value={other} />
        <button type="submit" class="answer quiet">
          {t("pin.next")}
        </button>
      </form>
    </div>
  );
}

function People({ label, people, choose }: { label: string; people: readonly Person[]; choose: (account: string) => void }) {
  return (
    <>
      <h3>{label}</h3>
      <div class="chips" role="group" aria-label={label}>
        {people.map((person) => (
          // Who has no account noted down may have one by his own name: the gateway knows.
          <button key={person.id} type="button" class="chip" onClick={() => choose(person.account || person.name)}>
            {person.name}
          </button>
        ))}
      </div>
    </>
  );
}

/** The ids of those on duty, who answers first. */
function onDuty(duties: Duties | null): string[] {
  const grids = duties?.grids ?? [];
  const found = [
    ...grids.map((duty) => duty.responsible),
    ...grids.map((duty) => duty.shift?.person ?? null),
    ...grids.map((duty) => duty.deputy),
  ];
  return [...new Set(found.flatMap((one) => (one === null ? [] : [one.id])))];
}
