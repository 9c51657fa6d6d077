// A way in that is good once: its QR code for the phone's camera, and the same as a link to send.

import type { Invitation } from "../account_shapes.ts";
import { minute } from "../show/time.ts";
import { t } from "../texts.ts";
import { Copy } from "./Copy.tsx";
import { Qr } from "./Qr.tsx";

export function WayIn({ invitation, note }: { invitation: Invitation; note: string }) {
  return (
    <section class="way-in" aria-live="polite">
      <Qr svg={invitation.svg} label={t("account.qr")} />
      <p>{note}</p>
      <p class="trouble">{t("account.once", { time: minute(invitation.until_utc * 1000) })}</p>
      <code>{invitation.url}</code>
      <Copy text={invitation.url} />
    </section>
  );
}
