// Texts by key in the chosen language. Keys and their parameters are checked at compile time (texts.generated.ts).

import { effect, signal } from "@preact/signals";
import chinese from "../../texts/zh-CN.json";
import english from "../../texts/en.json";
import type { Texts } from "./texts.generated.ts";

export type Key = keyof Texts;
export type Language = "zh-CN" | "en";

const CATALOGUES: Record<Language, Readonly<Record<string, string>>> = { "zh-CN": chinese, en: english };
const REMEMBERED = "gridpost.language";

/** The language of the page; a component that reads a text is drawn again when it changes. */
export const language = signal<Language>(remembered() ?? (navigator.language.startsWith("en") ? "en" : "zh-CN"));

effect(() => {
  document.documentElement.lang = language.value;
});

/** The text of `key` with its parameters filled in. */
export function t<K extends Key>(key: K, ...parameters: Texts[K]): string {
  const text = CATALOGUES[language.value][key] ?? key;
  const given = parameters[0] as Record<string, string | number> | undefined;
  return given === undefined ? text : text.replace(/\{(\w+)\}/g, (_, name: string) => String(given[name]));
}

/** The text of a key that data made up (`alarm.` + rule), or `otherwise` where the catalogue has none. */
export function lookup(key: string, otherwise: string): string {
  return CATALOGUES[language.value][key] ?? otherwise;
}

/** Chooses a language and remembers it on this device. */
export function choose(wanted: Language): void {
  language.value = wanted;
  try {
    localStorage.setItem(REMEMBERED, wanted);
  } catch {
    // A browser that keeps nothing still shows the chosen language until it is closed.
  }
}

/** Follows the gateway's language unless a person chose one here. */
export function suggest(wanted: string): void {
  if (remembered() === null && wanted in CATALOGUES) language.value = wanted as Language;
}

function remembered(): Language | null {
  try {
    const kept = localStorage.getItem(REMEMBERED);
    return kept !== null && kept in CATALOGUES ? (kept as Language) : null;
  } catch {
    return null;
  }
}
