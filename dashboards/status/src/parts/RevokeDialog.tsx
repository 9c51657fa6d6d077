// Ending permits: what will end, why, and then the task that follows it up.

import type { ComponentChildren } from "preact";
import { post } from "../ask.ts";
import { WordDialog } from "./WordDialog.tsx";

interface Revocation {
  title: string;
  /** What is asked for: the path, and what the body has beside the reason. */
  path: string;
  body: Record<string, boolean>;
  act: string;
  offered: readonly string[];
  children: ComponentChildren;
  leave: (done: boolean) => void;
}

export function RevokeDialog({ path, body, ...asked }: Revocation) {
  return <WordDialog {...asked} send={(reason) => post<void>(path, { ...body, reason })} />;
}
