// The service worker: the page itself, kept for when the gateway cannot be reached. Never an answer of the API: who lives
// here and what is wrong is on the gateway, or is not known.

export {};

/** What the first visit is made of, and a name that changes with it; filled in by build.mjs. */
declare const SHELL: readonly string[];
declare const VERSION: string;

interface Extended extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetched extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
declare const self: EventTarget & { skipWaiting(): Promise<void>; readonly clients: { claim(): Promise<void> } };

const CACHE = `gridpost-${VERSION}`;
/** A gateway that takes longer is as good as gone: somebody stands there with a phone. */
const PAGE_LIMIT_MS = 4_000;

self.addEventListener("install", (event) => {
  void self.skipWaiting();
  (event as Extended).waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...SHELL])));
});

self.addEventListener("activate", (event) => {
  (event as Extended).waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event as Fetched;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && pathname === "/") (event as Fetched).respondWith(page(request));
  else if (pathname.startsWith("/assets/")) (event as Fetched).respondWith(asset(request));
});

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

/** The page of the gateway, so that an update is there at once; without it the one that is kept. */
async function page(request: Request): Promise<Response> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), PAGE_LIMIT_MS);
  try {
    return await fetch(request.url, { signal: limit.signal, credentials: "same-origin" });
  } catch (error) {
    const kept = await caches.match("/");
    if (kept === undefined) throw error;
    return kept;
  } finally {
    clearTimeout(timer);
  }
}

/** A name that changes with its content is never asked for twice. */
async function asset(request: Request): Promise<Response> {
  const kept = await caches.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}
