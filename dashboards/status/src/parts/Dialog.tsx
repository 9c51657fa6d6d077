// A question over the page: the focus goes into it and back, Escape leaves it.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

/** `leave` is called for Escape; the caller takes the dialog away. */
export function Dialog({ title, leave, children }: { title: string; leave: () => void; children: ComponentChildren }) {
  const id = useId();
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    const dialog = box.current;
    // Safari knows the element from 15.4 on; before, the style sheet alone lays it over the page.
    if (dialog?.showModal !== undefined) dialog.showModal();
    else dialog?.setAttribute("open", "");
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class="dialog"
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        leave();
      }}
    >
      <h2 id={id} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </dialog>
  );
}
