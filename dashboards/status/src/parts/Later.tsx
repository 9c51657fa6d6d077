// A page that is fetched when it is first looked at: who only watches alarms does not wait for the permit desk.

import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fetched, reload, renewed } from "../build.ts";
import { readOn, t } from "../texts.ts";
import { dress } from "./dress.ts";

/**
 * Wraps `load` into a component. A page that cannot be had now says so, and is asked for again when it is next opened; one that
 * is no longer there after an upgrade comes with the newer page.
 * `meanwhile` stands there until it is here: for a part of a page, which need not say anything.
 */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  meanwhile: (failed: boolean) => ComponentChildren = noPage,
): ComponentType<Props> {
  let known: ComponentType<Props> | null = null;
  return function Later(props: Props) {
    const [state, become] = useState<"asking" | "here" | "failed">(known === null ? "asking" : "here");
    useEffect(() => {
      if (known !== null) return;
      fetched(() => Promise.all([load(), readOn(), dress()])).then(
        ([page]) => {
          known = page;
          become("here");
        },
        () => {
          if (!renewed.peek() || !reload()) become("failed");
        },
      );
    }, []);
    if (known !== null) {
      const Page = known;
      return <Page {...props} />;
    }
    return <>{meanwhile(state === "failed")}</>;
  };
}

function noPage(failed: boolean): ComponentChildren {
  return (
    <main id="content" tabIndex={-1}>
      <p class="empty">{t(failed ? "page.failed" : "verdict.waiting")}</p>
    </main>
  );
}
