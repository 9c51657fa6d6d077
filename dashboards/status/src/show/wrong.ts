// What is wrong in a form, field by field: what the browser finds before it is sent, and what the gateway answers.

import type { Problem, Wrong } from "../ask.ts";
import { because, lookup } from "../texts.ts";

/** Refusals that speak of one field, and which: the gateway judges these against what it knows, not the body alone. */
const SPEAKS_OF: Readonly<Record<string, string | readonly string[]>> = {
  building_unknown: "building",
  category_unknown: "category",
  cause_needed: "cause",
  department_unknown: "department",
  household_not_told: "household_told",
  hours_wrong: "hours",
  no_people: "people",
  note_needed: "note",
  order_wrong: "order",
  outage_too_long: "hours",
  password_wrong: ["old", "password"],
  person_unknown: "person",
  reason_needed: "reason",
  report_needed: "report",
  sensor_ambiguous: "sensor",
  sensor_here: "sensor",
  sensor_mounted: "sensor",
  sensor_retired: "sensor",
  sensor_unknown: "sensor",
  serial_bad: "serial",
  serial_retired: "serial",
  serial_same: "serial",
  serial_taken: "serial",
  setup_code: "code",
  shelf_too_long: "minutes",
  until_wrong: "until",
  what_needed: "what",
  work_order_needed: "work_order",
};

/** The fields that a problem names. */
export function wrongOf(problem: Problem | null): readonly Wrong[] {
  if (problem === null) return [];
  const { code, message, errors } = problem;
  const paths = [SPEAKS_OF[code] ?? []].flat();
  return [...errors, ...paths.map((path) => ({ path, code, why: lookup(`refusal.${code}`, message) }))];
}

/** What a problem says of the field `name`; null when it does not speak of it. */
export function wrongIn(problem: Problem | null, name: string): string | null {
  const mine = wrongOf(problem).find(({ path }) => isOf(path, name));
  return mine === undefined ? null : sentence(mine);
}

/** A list's or an object's field is wrong when something in it is. */
export function isOf(path: string, name: string): boolean {
  return path === name || path.startsWith(`${name}.`);
}

/** The sentence for one field; `{limit}` in a text is what the value was measured by. */
export function sentence({ path, code = "", why, limit }: Wrong): string {
  const text = lookup(`wrong.${code}.${path}`, lookup(`wrong.${code}`, because(why)));
  return text.replace("{limit}", String(limit ?? ""));
}

/** What the browser finds in a form before it is sent: fields that are empty or cannot be read. */
export function unfit(form: HTMLFormElement): Wrong[] {
  const found: Wrong[] = [];
  for (const field of form.elements) {
    if (field instanceof HTMLFieldSetElement && field.dataset.missing !== undefined) {
      found.push({ path: field.name, code: "missing", why: "" });
    }
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement) || field.name === "") continue;
    const wrong = objection(field);
    if (wrong !== null) found.push({ path: field.name, why: field.validationMessage, ...wrong });
  }
  return found;
}

function objection(field: HTMLInputElement | HTMLSelectElement): { code: string; limit?: number } | null {
  const { validity } = field;
  if (validity.badInput) return { code: "unreadable" };
  if (validity.valueMissing || (field.required && field.value.trim() === "")) return { code: "missing" };
  if (validity.valid || field instanceof HTMLSelectElement) return null;
  if (validity.tooShort) return { code: "string_too_short", limit: field.minLength };
  if (validity.patternMismatch) return { code: field.inputMode === "numeric" ? "int_parsing" : "string_pattern_mismatch" };
  return { code: "unreadable" };
}
