// Asking the gateway: JSON out and in, problems (RFC 9457) as exceptions, and a limit on every wait.

const LIMIT_MS = 10_000;

/** What the gateway answered instead of what was asked; `status` 0 means that no answer came. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** Reads `path` as `T`; throws `Problem`. */
export function get<T>(path: string): Promise<T> {
  return ask<T>("GET", path);
}

/** Posts `body` to `path` and reads the answer as `T` (undefined for an empty one); throws `Problem`. */
export function post<T>(path: string, body: unknown): Promise<T> {
  return ask<T>("POST", path, body);
}

/** Deletes what is at `path`; throws `Problem`. */
export function remove(path: string): Promise<void> {
  return ask<void>("DELETE", path);
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), LIMIT_MS);
  try {
    const answer = await fetch(`/api/v1/${path}`, {
      method,
      signal: limit.signal,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!answer.ok) throw await problemOf(answer);
    const text = await answer.text();
    return (text === "" ? undefined : JSON.parse(text)) as T;
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(0, error instanceof Error ? error.message : String(error));
  } finally {
    clearTimeout(timer);
  }
}

/** What the gateway said instead of what was asked. */
export async function problemOf(answer: Response): Promise<Problem> {
  const said = sentence(await answer.text());
  return new Problem(answer.status, said || answer.statusText || String(answer.status));
}

function sentence(text: string): string {
  try {
    const problem = JSON.parse(text) as { title?: string; detail?: string };
    return problem.detail ?? problem.title ?? "";
  } catch {
    return "";
  }
}
