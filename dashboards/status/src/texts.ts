// Texts by key in the chosen language. Keys and their parameters are checked at compile time (texts.generated.ts).

import { computed, effect, signal } from "@preact/signals";
import first from "./texts.first.generated.json";
import type { Texts } from "./texts.generated.ts";

export type Key = keyof Texts;
export type Language = "zh-CN" | "en";

type Catalogue = Readonly<Record<string, string>>;

// What the first pages say in Chinese is always there; the rest, and another language, come when they are wanted.
const DEFAULT: Language = "zh-CN";
const CATALOGUES: Record<Language, () => Promise<Catalogue>> = {
  "zh-CN": async () => ({ ...first, ...(await import("./texts.later.generated.json")).default }),
  en: async () => (await import("./texts.en.generated.json")).default,
};
const REMEMBERED = "gridpost.language";

const spoken = signal<{ language: Language; texts: Catalogue }>({ language: DEFAULT, texts: first });

/** The language of the page; a component that reads a text is drawn again when it changes. */
export const language = computed(() => spoken.value.language);

/** The texts as they are spoken now: another object when the language changes or more of them came. */
export const texts = computed(() => spoken.value.texts);

effect(() => {
  document.documentElement.lang = language.value;
});

/** The text of `key` with its parameters filled in. */
export function t<K extends Key>(key: K, ...parameters: Texts[K]): string {
  const text = spoken.value.texts[key] ?? key;
  const given = parameters[0] as Record<string, string | number> | undefined;
  return given === undefined ? text : text.replace(/\{(\w+)\}/g, (_, name: string) => String(given[name]));
}

/** The text of a key that data made up (`alarm.` + rule), or `otherwise` where the catalogue has none. */
export function lookup(key: string, otherwise: string): string {
  return spoken.value.texts[key] ?? otherwise;
}

/**
 * A reason that the gateway made up with names and numbers in it, in the page's language: "not heard for 15 min" by the key
 * "why.not heard for {span}". What stands at a parameter is translated the same way. `said` itself where the catalogue has no
 * such sentence.
 */
export function because(said: string): string {
  const texts = spoken.value.texts;
  const known = texts[WHY + said];
  if (known !== undefined) return known;
  for (const { pattern, key, names } of patterns(texts)) {
    const found = pattern.exec(said);
    if (found === null) continue;
    const given = new Map(names.map((name, place) => [name, because(found[place + 1] ?? "")]));
    return (texts[key] ?? said).replace(/\{(\w+)\}/g, (_, name: string) => given.get(name) ?? "");
  }
  return said;
}

const WHY = "why.";

interface Pattern {
  pattern: RegExp;
  key: string;
  names: string[];
}

/** The reasons with parameters of each catalogue: made once. */
const made = new WeakMap<Catalogue, Pattern[]>();

function patterns(texts: Catalogue): Pattern[] {
  const known = made.get(texts);
  if (known !== undefined) return known;
  const keys = Object.keys(texts).filter((key) => key.startsWith(WHY) && key.includes("{"));
  const found = keys.map((key) => {
    const names = [...key.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
    const words = key.slice(WHY.length).split(/\{\w+\}/);
    const literal = words.map((word) => word.replace(/[.*+?^$()|[\]\\]/g, "\\$&"));
    return { pattern: new RegExp(`^${literal.join("(.+?)")}$`), key, names };
  });
  // The longest first: "smoke at {place}" fits "smoke at {place}, {what} at {other}" as well.
  found.sort((a, b) => b.pattern.source.length - a.pattern.source.length);
  made.set(texts, found);
  return found;
}

/** Chooses a language and remembers it on this device. */
export function choose(wanted: Language): void {
  try {
    localStorage.setItem(REMEMBERED, wanted);
  } catch {
    // A browser that keeps nothing still shows the chosen language until it is closed.
  }
  void speak(wanted);
}

/** Follows the language that was chosen here, else `suggested`, as far as the catalogue has it. */
export async function greet(suggested: string): Promise<void> {
  await speak(remembered() ?? (suggested.startsWith("en") ? "en" : DEFAULT));
}

/** Makes the texts of the pages that are fetched later known; rejects where they cannot be had. */
export async function readOn(): Promise<void> {
  if (spoken.peek().texts !== first) return;
  const texts = await CATALOGUES[DEFAULT]();
  if (spoken.peek().texts === first) spoken.value = { language: DEFAULT, texts };
}

async function speak(wanted: Language): Promise<void> {
  if (wanted === language.peek()) return;
  try {
    spoken.value = { language: wanted, texts: await CATALOGUES[wanted]() };
  } catch {
    // The gateway cannot be reached just now: better a page in the other language than none.
  }
}

function remembered(): Language | null {
  try {
    const kept = localStorage.getItem(REMEMBERED);
    return kept !== null && kept in CATALOGUES ? (kept as Language) : null;
  } catch {
    return null;
  }
}
