// What happened, oldest first.

import { Moment } from "./Moment.tsx";

export interface Happened {
  key: number;
  at: string;
  what: string;
  /** What else there is to say; empty words are left out. */
  words: readonly string[];
}

export function Timeline({ title, none, steps }: { title: string; none: string; steps: readonly Happened[] }) {
  return (
    <section aria-labelledby="timeline-title">
      <h2 id="timeline-title">{title}</h2>
      {steps.length === 0 && <p class="empty">{none}</p>}
      <ol class="passages timeline">
        {steps.map((step) => (
          <li key={step.key}>
            <Moment at={step.at} />
            <p>
              <b>{step.what}</b>
              {step.words.filter(Boolean).map((word) => (
                <span key={word}>{word}</span>
              ))}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
