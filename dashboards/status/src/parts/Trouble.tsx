// What stands against a wish: the refusal in words, and each thing that is wrong.

import type { Problem } from "../ask.ts";
import { refusal } from "../show/door.ts";
import { finding } from "../show/permit.ts";
import { t } from "../texts.ts";

export function Trouble({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <div class="trouble" role="alert">
      <p>{refusal(problem)}</p>
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
