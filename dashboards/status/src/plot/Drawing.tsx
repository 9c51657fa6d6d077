// The plot when its library has come: it is half of the page's weight, and most visits need no plot.

import type { Signal } from "@preact/signals";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { fetched } from "../build.ts";
import type { History } from "../shapes.ts";
import { t } from "../texts.ts";
import type * as Library from "./Plot.tsx";

interface Properties {
  history: History;
  label: string;
  under: Signal<number | null>;
}

export function Drawing(properties: Properties) {
  const plot = useSignal<typeof Library | null>(null);
  const trouble = useSignal("");
  useEffect(() => {
    fetched(() => import("./Plot.tsx")).then(
      (loaded) => (plot.value = loaded),
      (error: unknown) => (trouble.value = String(error)),
    );
  }, []);
  if (trouble.value !== "") return <p class="empty">{t("plot.failed", { why: trouble.value })}</p>;
  if (plot.value === null) return <p class="empty">{t("plot.loading")}</p>;
  const { Plot } = plot.value;
  return <Plot {...properties} />;
}
