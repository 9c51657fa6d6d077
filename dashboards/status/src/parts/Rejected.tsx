// What a line could not take as data lately: for whoever has to find out why.

import { useAsked } from "../asked.ts";
import type { Rejected as Message } from "../charging_shapes.ts";
import { reason, size } from "../show/value.ts";
import { t } from "../texts.ts";
import { Moment } from "./Moment.tsx";
import { Trouble } from "./Trouble.tsx";

const EVERY_MS = 10_000;

export function Rejected({ line }: { line: string }) {
  const { value, trouble } = useAsked<{ rejected: Message[] }>(`lines/${encodeURIComponent(line)}/rejected`, EVERY_MS);
  return (
    <>
      <Trouble problem={trouble} />
      {value?.rejected.length === 0 && <p class="empty">{t("rejected.none")}</p>}
      <ul class="rejected">
        {value?.rejected.map((message) => (
          <li key={`${message.source}\n${message.why}\n${message.received}`}>
            <p>
              <b>{reason(message.why)}</b>
              {message.times > 1 && <span class="tag">{t("rejected.times", { n: message.times })}</span>}
              <Moment at={message.received} />
            </p>
            <p>
              {message.source} · {size(message.size)}
            </p>
            <code>{message.excerpt}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
