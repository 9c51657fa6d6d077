// Labels as they go to paper: 3 x 8 on an A4 sheet, with lines to cut along. On the screen the same, as a preview.

import { t } from "../texts.ts";
import { Qr } from "./Qr.tsx";

export interface LabelFacts {
  id: string;
  kind: string;
  target: string;
  title: string;
  place: string;
  url: string;
  svg: string;
}

const TO_A_SHEET = 24;

/** With more letters than these a label is set in smaller ones: its number must stay on it, and it ends where it is cut. */
const ROOMY_LETTERS = 34;

export function LabelSheets({ labels }: { labels: readonly LabelFacts[] }) {
  const sheets = Array.from({ length: Math.ceil(labels.length / TO_A_SHEET) }, (_, sheet) =>
    labels.slice(sheet * TO_A_SHEET, (sheet + 1) * TO_A_SHEET),
  );
  return (
    <div class="label-sheets">
      {sheets.map((sheet, number) => (
        <ul key={number} class="label-sheet">
          {sheet.map((label) => (
            <li key={label.id} class={isCrowded(label) ? "label crowded" : "label"} data-label={label.id}>
              <Qr svg={label.svg} label={t("labels.qr", { title: label.title })} />
              <p>
                <b>{label.title}</b>
                <span>{label.place}</span>
                <code>{label.id}</code>
              </p>
            </li>
          ))}
        </ul>
      ))}
    </div>
  );
}

function isCrowded(label: LabelFacts): boolean {
  return label.title.length + label.place.length > ROOMY_LETTERS;
}
