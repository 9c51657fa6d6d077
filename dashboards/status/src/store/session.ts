// Who is signed in, and signing in: with a one-time link, or with name and password.

import { signal } from "@preact/signals";
import { get, post, Problem, remove } from "../ask.ts";
import type { Me } from "../shapes.ts";
import { greet } from "../texts.ts";

export type Session =
  | { state: "asking" }
  | { state: "in"; me: Me }
  | { state: "out"; trouble: "none" | "refused" | "unreachable" };

/** A gateway that restarts is back within seconds; the page then goes on by itself. */
const TRY_AGAIN_MS = 3_000;

export const session = signal<Session>({ state: "asking" });

// As the gateway's table of rights has it (docs/reference/rights.md): to show no button that would be refused.
const ANSWER = new Set(["staff", "manager", "installer", "administrator"]);
const TELL = new Set(["manager", "installer", "administrator"]);
const WATCH = new Set([...ANSWER, "auditor"]);
const EXPORT = new Set([...TELL, "auditor"]);
const WORK = TELL;
const MOUNT = TELL;
const MEET = new Set(["staff", "manager", "administrator"]);
const PERMIT = new Set(["manager", "administrator"]);
const INSTALL = new Set(["installer", "administrator"]);
const INSPECT = new Set(["installer", "administrator", "auditor"]);
const ADMINISTER = new Set(["administrator"]);
const REVIEW = new Set(["administrator", "auditor"]);
const PROTECT = new Set(["manager", "administrator"]);
const LABEL = TELL;

/** Whether the one signed in, or whoever stands at this duty screen, may answer alarms; the gateway decides again. */
export function mayAnswer(): boolean {
  return isOneOf(ANSWER) || atScreen();
}

/** Whether the one signed in may start simulated happenings; the gateway decides again. */
export function mayTell(): boolean {
  return isOneOf(TELL);
}

/** Whether the one signed in may see stores and destinations; the gateway decides again. */
export function mayWatch(): boolean {
  return isOneOf(WATCH);
}

/** Whether the one signed in may export the past; the gateway decides again. */
export function mayExport(): boolean {
  return isOneOf(EXPORT);
}

/** Whether the one signed in may see refused lines; the gateway decides again. */
export function mayInspect(): boolean {
  return isOneOf(INSPECT);
}

/** Whether the one signed in may do more at a door than open it once; the gateway decides again. */
export function mayWork(): boolean {
  return isOneOf(WORK);
}

/** Whether the one signed in may see permits, give them to visitors and end them; the gateway decides again. */
export function mayMeet(): boolean {
  return isOneOf(MEET);
}

/** Whether the one signed in may give permits; the gateway decides again. */
export function mayPermit(): boolean {
  return isOneOf(PERMIT);
}

/** Whether the one signed in may say which sensor hangs where; the gateway decides again. */
export function mayMount(): boolean {
  return isOneOf(MOUNT);
}

/** Whether the one signed in may commission and replace controllers; the gateway decides again. */
export function mayInstall(): boolean {
  return isOneOf(INSTALL);
}

/** Whether the one signed in may say who comes in, and sets the gateway up; the gateway decides again. */
export function mayAdminister(): boolean {
  return isOneOf(ADMINISTER);
}

/** Whether the one signed in may read the audit; the gateway decides again. */
export function mayReview(): boolean {
  return isOneOf(REVIEW);
}

/** Whether the one signed in may give out and erase what is kept of a person; the gateway decides again. */
export function mayProtect(): boolean {
  return isOneOf(PROTECT);
}

/** Whether the one signed in may print labels; the gateway decides again. */
export function mayLabel(): boolean {
  return isOneOf(LABEL);
}

/** Whether the one signed in may order something for the whole compound, and not only for grids; the gateway decides again. */
export function reachesAll(): boolean {
  return session.value.state === "in" && (session.value.me.grids.length === 0 || mayWork());
}

function isOneOf(roles: ReadonlySet<string>): boolean {
  return session.value.state === "in" && roles.has(session.value.me.role);
}

/** Whether this is a duty screen: nobody's own, and everybody's who has a PIN. */
export function atScreen(): boolean {
  return session.value.state === "in" && session.value.me.way === "screen";
}

/** The name that an answer given here will bear; null at a duty screen, where each answer is given by whoever's PIN it is. */
export function whoAnswers(): string | null {
  return session.value.state === "in" && !atScreen() ? session.value.me.name : null;
}

/** Signs in with the code of a link such as `/#code=...` if there is one, else with the session kept by the browser. */
export async function begin(): Promise<void> {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (code !== null) {
    // Before it is used, so that it stays in no history and no bookmark.
    history.replaceState(null, "", "#/");
    dispatchEvent(new HashChangeEvent("hashchange"));
  }
  await greet(navigator.language);
  if (code === null) return look();
  await enter(code);
  welcome();
}

/** Leads who came in by a link, and could not come in again without one, to where a password is chosen. */
function welcome(): void {
  const current = session.value;
  if (current.state !== "in" || current.me.simulated) return;
  const { session: here, password_set: password, pin_set: pin } = current.me;
  const lacks = here?.kind === "browser" ? !password : here?.kind === "phone" && password && !pin;
  if (lacks) location.hash = "#/welcome";
}

/** Exchanges a one-time code for a session. */
export async function enter(code: string): Promise<void> {
  try {
    await post<void>("session", { code });
  } catch (error) {
    return fail(error);
  }
  return look();
}

/** Signs in with name and password; throws `Problem` where the gateway does not let one in. */
export async function enterWith(name: string, password: string): Promise<void> {
  await post<void>("session", { name, password });
  return look();
}

/** Asks again who is signed in: something about him changed. No answer leaves what was known. */
export async function lookAgain(): Promise<void> {
  try {
    session.value = { state: "in", me: await get<Me>("me") };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) signedOut();
  }
}

/** Ends the session here and on the gateway. */
export async function leave(): Promise<void> {
  try {
    await remove("session");
  } catch (error) {
    return fail(error);
  }
  signedOut();
}

/** Notes that the gateway knows of no session. */
export function signedOut(): void {
  session.value = { state: "out", trouble: "none" };
}

async function look(): Promise<void> {
  try {
    const me = await get<Me>("me");
    await greet(me.language);
    session.value = { state: "in", me };
  } catch (error) {
    if (error instanceof Problem && error.status === 401) signedOut();
    else fail(error);
  }
}

function fail(error: unknown): void {
  if (!(error instanceof Problem)) throw error;
  const unreachable = error.status === 0 || error.status >= 500;
  session.value = { state: "out", trouble: unreachable ? "unreachable" : "refused" };
  if (unreachable) setTimeout(() => void look(), TRY_AGAIN_MS);
}
