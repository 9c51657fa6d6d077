// Who stands at the screen: those on duty first, then whoever else has a PIN.

import { useAsked } from "../asked.ts";
import type { Duties } from "../duty_shapes.ts";
import type { Me } from "../shapes.ts";
import { t } from "../texts.ts";
import { Trouble } from "./Trouble.tsx";

/** `choose` gets the name of the account. */
export function WhoList({ choose }: { choose: (account: string) => void }) {
  const { value: me, trouble } = useAsked<Me>("me");
  const on = onDuty(useAsked<Duties>("duty").value);
  if (me === null) return trouble === null ? <p class="empty">{t("verdict.waiting")}</p> : <Trouble problem={trouble} />;
  const names = me.people;
  return (
    <div class="who">
      {names.length === 0 && <p class="empty">{t("pin.nobody")}</p>}
      <Names label={t("pin.on_duty")} names={names.filter((name) => on.has(name))} choose={choose} />
      <Names label={t("pin.others")} names={names.filter((name) => !on.has(name))} choose={choose} />
    </div>
  );
}

function Names({ label, names, choose }: { label: string; names: readonly string[]; choose: (account: string) => void }) {
  if (names.length === 0) return null;
  return (
    <div role="group" aria-label={label}>
      <h3>{label}</h3>
      <div class="chips">
        {names.map((name) => (
          <button key={name} type="button" class="chip" onClick={() => choose(name)}>
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}

/** The names of those on duty. An account is called as its person, where people keep to that; else it stands among the others. */
function onDuty(duties: Duties | null): Set<string> {
  const found = (duties?.grids ?? []).flatMap(({ responsible, shift, deputy }) => [responsible, shift?.person ?? null, deputy]);
  return new Set(found.flatMap((one) => (one === null ? [] : [one.name])));
}
