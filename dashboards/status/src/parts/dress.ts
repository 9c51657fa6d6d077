// The style of the pages that are fetched later: asked for once, and there before the first of them is shown.

declare const LATER_STYLE: string;

let dressed: Promise<void> | null = null;

/** Resolves when the style is in force; rejects where it cannot be had, and then may be asked for again. */
export function dress(): Promise<void> {
  dressed ??= new Promise((done, fail) => {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = LATER_STYLE;
    link.onload = () => done();
    link.onerror = () => {
      link.remove();
      dressed = null;
      fail(new Error("the style of this page cannot be had"));
    };
    document.head.append(link);
  });
  return dressed;
}
