// Whether a device can be reached and how recent its word is.

import type { Device } from "../shapes.ts";
import { age } from "../show/time.ts";
import { withReason } from "../show/value.ts";
import { t } from "../texts.ts";

export function LinkWord({ device }: { device: Device }) {
  const stale = device.link === "up" && !device.fresh;
  const odd = stale || device.link !== "up";
  return <span class={`link-word${odd ? " odd" : ""}`}>{stale ? staleness(device) : link(device)}</span>;
}

function link(device: Device): string {
  return withReason(t(`link.${device.link}`), device.link === "up" ? "" : device.why);
}

function staleness(device: Device): string {
  return device.heard === null ? t("link.never") : t("link.stale", { age: age(Date.parse(device.heard)) });
}
