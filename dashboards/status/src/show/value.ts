// Numbers, units and reasons in words.

import { because, language, t } from "../texts.ts";

const SIZES = ["B", "kB", "MB", "GB", "TB"];
const UNITS: Readonly<Record<string, string>> = { Cel: "°C", "1": "", "%": " %", "%[LEL]": " %LEL" };

/** A number with at most three decimals, fewer where it is large. */
export function number(value: number): string {
  const decimals = Number.isInteger(value) ? 0 : Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 10 ? 2 : 3;
  return value.toLocaleString(language.value, { maximumFractionDigits: decimals, useGrouping: false });
}

/** A count, with its thousands apart. */
export function amount(count: number): string {
  return count.toLocaleString(language.value, { maximumFractionDigits: 1 });
}

/** Bytes in the unit that suits them: "4.7 GB". */
export function size(bytes: number): string {
  const power = Math.min(SIZES.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  return `${amount(bytes / 1000 ** power)} ${SIZES[power]}`;
}

/** A unit as it stands behind a number. */
export function unit(symbol: string): string {
  return UNITS[symbol] ?? (symbol === "" ? "" : ` ${symbol}`);
}

/** A reason in the page's language where the catalogue has it. */
export function reason(why: string): string {
  return because(why);
}

/** "离线:没有回答", or the word alone where there is no reason. */
export function withReason(word: string, why: string): string {
  return why === "" ? word : t("quality.why", { quality: word, why: reason(why) });
}
