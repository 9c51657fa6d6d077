// The page: signs in, follows the gateway, shows what the address asks for.

import { effect } from "@preact/signals";
import { options, render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Problem, proveWith } from "./ask.ts";
import { fetched } from "./build.ts";
import { Banners } from "./parts/Banners.tsx";
import { dress } from "./parts/dress.ts";
import { Freshness, Header } from "./parts/Header.tsx";
import { later } from "./parts/Later.tsx";
import { keep, lastHeard } from "./installed.ts";
import { Offline } from "./pages/Offline.tsx";
import { shown } from "./pages.tsx";
import { href, type Route, route } from "./route.ts";
import { flash } from "./sound.ts";
import { follow, mode } from "./store/live.ts";
import { compound, tile } from "./store/overview.ts";
import { atScreen, begin, session } from "./store/session.ts";
import { proving } from "./store/proving.ts";
import * as stops from "./store/stops.ts";
import { readOn, t } from "./texts.ts";

const SignIn = later(async () => (await import("./pages/SignIn.tsx")).SignIn);

function App() {
  const state = session.value;
  if (state.state === "asking") return null;
  if (state.state === "out") return state.trouble === "unreachable" && lastHeard() !== null ? <Offline /> : <SignIn />;
  if (isWall()) return <Page />;
  return (
    <>
      <Header skip={focusContent} />
      <Freshness />
      <Banners />
      <Page />
    </>
  );
}

/** Whether the duty screen's own page is shown, which has no use for a header. */
function isWall(): boolean {
  const { page } = route.value;
  return page === "screen" || (page === "overview" && atScreen());
}

function Page() {
  const here = route.value;
  const place = href(settled(here));
  const arrived = useRef(place);
  useEffect(() => {
    if (arrived.current === place) return;
    arrived.current = place;
    scrollTo(0, 0);
    content()?.focus({ preventScroll: true });
  }, [place]);

  return shown(here);
}

/** The page without what is chosen on it: to choose something there is no arrival. */
function settled(here: Route): Route {
  if (here.page === "device" || here.page === "detector") return { ...here, point: null };
  if (here.page === "alarms") return { ...here, only: {} };
  if (here.page === "locker") return { ...here, part: null };
  if (here.page === "history") return { ...here, points: "", days: "" };
  if (here.page === "audit") return { ...here, filter: "" };
  return here.page === "floors" ? { ...here, entrance: null } : here;
}

function focusContent() {
  content()?.focus();
}

function content(): HTMLElement | null {
  return document.getElementById("content");
}

effect(() => {
  document.title = flash.value ?? `${title(route.value)} · ${compound.value?.name ?? "Gridpost"}`;
});

function title(here: Route): string {
  switch (here.page) {
    case "alarm":
    case "incident":
      return `${t(`nav.${here.page}s`)} ${here.id}`;
    case "building":
    case "floors":
      return tile(here.id)?.value.name ?? here.id;
    case "device":
    case "detector":
    case "household":
    case "controller":
    case "locker":
    case "room":
      return here.id;
    case "door":
      return `${here.device}/${here.part}`;
    case "round":
    case "walk_test":
      return t(`nav.${here.page}s`);
    default:
      return t(`nav.${here.page}`);
  }
}

/** A duty screen on which somebody looked something up shows the whole again when he has gone. */
function goHome() {
  const AFTER_MS = 120_000;
  let touched = Date.now();
  for (const sign of ["pointerdown", "keydown", "scroll"]) addEventListener(sign, () => (touched = Date.now()), { passive: true });
  setInterval(() => {
    const away = route.peek().page !== "overview" && route.peek().page !== "screen";
    if (atScreen() && away && Date.now() - touched > AFTER_MS) location.hash = href({ page: "overview" });
  }, 10_000);
}

effect(() => {
  document.body.classList.toggle("aged", mode.value === "lost");
});

proveWith(async (refused) => {
  let asking: typeof import("./pages/proving.ts");
  try {
    [asking] = await fetched(() => Promise.all([import("./pages/proving.ts"), readOn(), dress()]));
  } catch (error) {
    throw new Problem(0, String(error), "unproved");
  }
  proving.value = true;
  try {
    return await asking.askProof(refused);
  } finally {
    proving.value = false;
  }
});
// However much is told between two frames, it is drawn once.
options.debounceRendering = requestAnimationFrame;

follow();
keep();
stops.follow();
goHome();
void begin();
const root = document.getElementById("page");
if (root !== null) render(<App />, root);
