// What stands against a wish: the refusal in words, and each thing that is wrong. What a field of the form around says
// itself is not said again.

import { useContext } from "preact/hooks";
import type { Problem } from "../ask.ts";
import { refusal } from "../show/door.ts";
import { finding } from "../show/permit.ts";
import { isOf, sentence, wrongOf } from "../show/wrong.ts";
import { lookup, t } from "../texts.ts";
import { Mistakes } from "./Form.tsx";

export function Trouble({ problem }: { problem: Problem | null }) {
  const { shown } = useContext(Mistakes);
  if (problem === null) return null;
  const named = wrongOf(problem);
  const elsewhere = named.filter(({ path }) => ![...shown].some((name) => isOf(path, name)));
  if (named.length > 0 && elsewhere.length === 0) return null;
  return (
    <div class="trouble" role="alert">
      <p>{refusal(problem)}</p>
      {problem.roles.length > 0 && <p>{t("refusal.roles", { roles: problem.roles.map(called).join(t("refusal.or")) })}</p>}
      {problem.errors.length > 0 && elsewhere.length > 0 && (
        <ul class="findings">
          {elsewhere.map((wrong, place) => (
            <li key={place}>{t("wrong.at", { path: wrong.path, why: sentence(wrong) })}</li>
          ))}
        </ul>
      )}
      {problem.details.length > 0 && (
        <ul class="findings" tabIndex={0} aria-label={t("import.findings")}>
          {problem.details.map((one, place) => (
            <li key={place}>{finding(one)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}

function called(role: string): string {
  return lookup(`account.role.${role}`, role);
}
