// What goes to paper: a title, the facts above all else, and lines to sign on; not shown on the screen.

import type { ComponentChildren } from "preact";

interface SheetProps {
  title: string;
  facts: [string, string][];
  signed: string[];
  children: ComponentChildren;
}

export function Sheet({ title, facts, signed, children }: SheetProps) {
  return (
    <article class="record" aria-hidden="true">
      <h2>{title}</h2>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {children}
      <p class="signatures">
        {signed.map((line) => (
          <span key={line}>{line}</span>
        ))}
      </p>
    </article>
  );
}
