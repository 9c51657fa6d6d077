// The page: signs in, follows the gateway, shows what the address asks for.

import { effect } from "@preact/signals";
import { render } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Banners } from "./parts/Banners.tsx";
import { Freshness, Header } from "./parts/Header.tsx";
import { Alarms } from "./pages/Alarms.tsx";
import { Building } from "./pages/Building.tsx";
import { Data } from "./pages/Data.tsx";
import { Device } from "./pages/Device.tsx";
import { Overview } from "./pages/Overview.tsx";
import { SignIn } from "./pages/SignIn.tsx";
import { href, route } from "./route.ts";
import { flash } from "./sound.ts";
import { follow, mode } from "./store/live.ts";
import { compound, tile } from "./store/overview.ts";
import { begin, session } from "./store/session.ts";
import { t } from "./texts.ts";

function App() {
  const state = session.value.state;
  if (state === "asking") return null;
  if (state === "out") return <SignIn />;
  return (
    <>
      <Header skip={focusContent} />
      <Freshness />
      <Banners />
      <Page />
    </>
  );
}

function Page() {
  const here = route.value;
  const place = href(here.page === "device" ? { ...here, point: null } : here);
  const arrived = useRef(place);
  useEffect(() => {
    if (arrived.current === place) return;
    arrived.current = place;
    scrollTo(0, 0);
    content()?.focus({ preventScroll: true });
  }, [place]);

  switch (here.page) {
    case "overview":
      return <Overview />;
    case "alarms":
      return <Alarms tab={here.tab} />;
    case "data":
      return <Data />;
    case "building":
      return <Building key={here.id} id={here.id} />;
    case "device":
      return <Device key={here.id} id={here.id} point={here.point} />;
  }
}

function focusContent() {
  content()?.focus();
}

function content(): HTMLElement | null {
  return document.getElementById("content");
}

effect(() => {
  const here = route.value;
  const page =
    here.page === "building"
      ? (tile(here.id)?.value.name ?? here.id)
      : here.page === "device"
        ? here.id
        : t(`nav.${here.page}`);
  document.title = flash.value ?? `${page} · ${compound.value?.name ?? "Gridpost"}`;
});

effect(() => {
  document.body.classList.toggle("aged", mode.value === "lost");
});

follow();
void begin();
const root = document.getElementById("page");
if (root !== null) render(<App />, root);
