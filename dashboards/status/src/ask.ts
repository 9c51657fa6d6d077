// Asking the gateway: JSON out and in, problems (RFC 9457) as exceptions, and a limit on every wait.

const LIMIT_MS = 10_000;

/** Whoever guessed PINs just before is kept waiting for up to half a minute, and may be right this time. */
const PROOF_LIMIT_MS = 40_000;

/** A file with thousands of permits, or a check of the whole audit, takes the gateway longer than a question. */
export const LONG_LIMIT_MS = 60_000;

/** One field that is wrong: where it stands in what was sent ("name", "reach.0.to"), why, and what names that for texts. */
export interface Wrong {
  path: string;
  why: string;
  code?: string;
  limit?: number;
}

/**
 * What the gateway answered instead of what was asked; `status` 0 means that no answer came. `code` names the problem for
 * texts, `details` is a sentence for each thing that is wrong, `errors` are the fields that are. `waitSeconds` is after how
 * long to try again, 0 where the gateway did not say. `roles` are those that may what was refused for a role.
 */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code = "",
    readonly details: readonly string[] = [],
    readonly errors: readonly Wrong[] = [],
    readonly waitSeconds = 0,
    readonly roles: readonly string[] = [],
  ) {
    super(message);
  }
}

/** Headers of a request that say by which PIN, and at a duty screen by which person, it is asked. */
export type Proof = Readonly<Record<string, string>>;

/** What a gateway that wants a PIN first says; a person can mend each of them. */
const WANTS_PROOF = new Set(["pin_missing", "pin_wrong", "pin_unset"]);

let prove: (refused: Problem) => Promise<Proof | null> = async () => null;

/**
 * Sets who is turned to when the gateway wants a PIN: before a door opens or data is taken out from a phone, and for whatever
 * is done at a duty screen. Every request is then repeated with the proof; a form or a download needs nothing of its own for
 * that. No proof (null) leaves the problem to whoever asked.
 */
export function proveWith(ask: typeof prove): void {
  prove = ask;
}

/** Reads `path` as `T`; throws `Problem`. */
export function get<T>(path: string): Promise<T> {
  return ask<T>("GET", path);
}

/** Posts `body` to `path` and reads the answer as `T` (undefined for an empty one); throws `Problem`. */
export function post<T>(path: string, body: unknown, limitMs = LIMIT_MS): Promise<T> {
  return ask<T>("POST", path, body, limitMs);
}

/** Puts `body` at `path` and reads the answer as `T`; throws `Problem`. */
export function put<T>(path: string, body: unknown, limitMs = LIMIT_MS): Promise<T> {
  return ask<T>("PUT", path, body, limitMs);
}

/** Posts a CSV file to `path` and reads the answer as `T`; throws `Problem`. */
export function postFile<T>(path: string, file: Blob): Promise<T> {
  return send<T>("POST", path, "text/csv", file, LONG_LIMIT_MS);
}

/** Posts a picture to `path` and reads the answer as `T`; throws `Problem`. */
export function postPicture<T>(path: string, picture: Blob): Promise<T> {
  return send<T>("POST", path, picture.type, picture, LONG_LIMIT_MS);
}

/** Deletes what is at `path`, with a body where a reason is asked for; throws `Problem`. */
export function remove(path: string, body?: unknown): Promise<void> {
  return ask<void>("DELETE", path, body);
}

function ask<T>(method: string, path: string, body?: unknown, limitMs = LIMIT_MS): Promise<T> {
  if (body === undefined) return send<T>(method, path, "", null, limitMs);
  return send<T>(method, path, "application/json", JSON.stringify(body), limitMs);
}

function send<T>(method: string, path: string, media: string, body: Blob | string | null, limitMs: number): Promise<T> {
  const headers: Record<string, string> = media === "" ? {} : { "Content-Type": media };
  return proved((proof) => {
    const request = { method, headers: { ...headers, ...proof }, body };
    return once<T>(`/api/v1/${path}`, request, proof === null ? limitMs : Math.max(limitMs, PROOF_LIMIT_MS));
  });
}

/** What `asked` answers: without a proof first, then with what a person proves himself by, for as long as one is wanted. */
export async function proved<T>(asked: (proof: Proof | null) => Promise<T>): Promise<T> {
  let proof: Proof | null = null;
  for (;;) {
    try {
      return await asked(proof);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 403 || !WANTS_PROOF.has(error.code)) throw error;
      proof = await prove(error);
      if (proof === null) throw error;
    }
  }
}

async function once<T>(address: string, request: RequestInit, limitMs: number): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), limitMs);
  try {
    const answer = await fetch(address, { ...request, signal: limit.signal });
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
  const { title, detail, code, details, errors, roles } = fields(await answer.text());
  const said = detail ?? title ?? (answer.statusText || String(answer.status));
  const named = errors?.map((wrong) => ({ ...wrong, path: wrong.path.replace(/^(body|query)\./, "") }));
  const wait = Number(answer.headers.get("Retry-After")) || 0;
  return new Problem(answer.status, said, code, details, named, wait, code === "role" ? roles : []);
}

interface Fields {
  title?: string;
  detail?: string;
  code?: string;
  details?: string[];
  errors?: Wrong[];
  roles?: string[];
}

function fields(text: string): Fields {
  try {
    return JSON.parse(text) as Fields;
  } catch {
    return {};
  }
}
