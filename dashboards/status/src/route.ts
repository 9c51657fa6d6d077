// Where the page is, read from the address after "#".

import { signal } from "@preact/signals";

export type AlarmTab = "unanswered" | "answered" | "all";

/** Pages that need nothing but their name. */
const PLAIN = [
  "overview", "more", "data", "doors", "permits", "import", "visitor", "enrol", "groups", "schedules", "tables",
  "commissioning", "lines",
] as const; // prettier-ignore
export type PlainPage = (typeof PLAIN)[number];

export type Route =
  | { page: PlainPage }
  | { page: "alarms"; tab: AlarmTab }
  | { page: "building"; id: string }
  | { page: "device"; id: string; point: string | null }
  | { page: "door"; device: string; part: string }
  | { page: "household"; id: string }
  | { page: "controller"; id: string };

export const route = signal<Route>(read(location.hash));

addEventListener("hashchange", () => {
  route.value = read(location.hash);
});

/** The address of a route, for links. */
export function href(to: Route): string {
  switch (to.page) {
    case "overview":
      return "#/";
    case "alarms":
      return `#/alarms/${to.tab}`;
    case "building":
    case "household":
      return address(to.page, to.id);
    case "controller":
      return address("commissioning", to.id);
    case "device":
      return address(to.page, to.id, ...(to.point === null ? [] : [to.point]));
    case "door":
      return address("doors", to.device, to.part);
    default:
      return address(to.page);
  }
}

function address(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

function read(hash: string): Route {
  const [page, first, second] = hash.replace(/^#\/?/, "").split("/").map(decode);
  switch (page) {
    case "alarms":
      return { page, tab: first === "answered" || first === "all" ? first : "unanswered" };
    case "building":
    case "household":
      return first ? { page, id: first } : { page: "overview" };
    case "device":
      return first ? { page, id: first, point: second || null } : { page: "overview" };
    case "doors":
      return first && second ? { page: "door", device: first, part: second } : { page };
    case "commissioning":
      return first ? { page: "controller", id: first } : { page };
    default:
      return { page: PLAIN.find((plain) => plain === page) ?? "overview" };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a mistyped address leads to "no such device", not to a blank page
  }
}
