// A time as an age that shows the absolute time when tapped.

import { useSignal } from "@preact/signals";
import { age, moment } from "../show/time.ts";
import { t } from "../texts.ts";

/** How long ago; tapped, the time itself. `trusted` false marks a time told while the gateway's clock was not set. */
export function Moment({ at, trusted = true }: { at: string; trusted?: boolean }) {
  const absolute = useSignal(false);
  const ms = Date.parse(at);
  const text = absolute.value ? moment(ms) : age(ms);
  return (
    <button type="button" class="moment" onClick={() => (absolute.value = !absolute.value)}>
      <time dateTime={at}>{trusted ? text : t("time.untrusted", { time: text })}</time>
    </button>
  );
}
