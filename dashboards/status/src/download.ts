// A file from the gateway, with its progress: the browser's own would show no problem and lead away from the page.

import { Problem, problemOf, proved } from "./ask.ts";

/**
 * Fetches `path` and lets the browser save it under the name that the gateway gave. `received` is told the bytes so far.
 * Throws `Problem`; one with status 0 means that the connection broke or that `cancel` was called.
 */
export async function download(path: string, cancel: AbortSignal, received: (bytes: number) => void): Promise<void> {
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, onward) {
      received((bytes += piece.length));
      onward.enqueue(piece);
    },
  });
  const answer = await fileOf(path, { signal: cancel });
  // The browser gathers the body itself, on its disk where it is large.
  await saved(answer, () => new Response(answer.body?.pipeThrough(counted)).blob());
}

/** Posts `body` to `path` and lets the browser save the file that is answered: what is asked for stands in no address. */
export async function downloadFor(path: string, body: unknown): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fileOf(path, { method: "POST", headers, body: JSON.stringify(body) });
  await saved(answer, () => answer.blob());
}

/** A file begins to come, where need be after somebody proved who takes it. */
function fileOf(path: string, request: RequestInit): Promise<Response> {
  return proved(async (proof) => {
    const headers = { ...request.headers, ...proof } as Record<string, string>;
    const answer = await fetch(`/api/v1/${path}`, { ...request, headers }).catch(broken);
    if (!answer.ok) throw await problemOf(answer);
    return answer;
  });
}

async function saved(answer: Response, whole: () => Promise<Blob>): Promise<void> {
  save(await whole().catch(broken), nameOf(answer));
}

function broken(error: unknown): never {
  throw new Problem(0, error instanceof Error ? error.message : String(error));
}

function nameOf(answer: Response): string {
  return /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "gridpost.csv";
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // some browsers begin to read after the click returned
}
