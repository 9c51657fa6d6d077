// Where the page is, read from the address after "#".

import { signal } from "@preact/signals";

export type AlarmTab = "unanswered" | "answered" | "all";

export type Route =
  | { page: "overview" }
  | { page: "alarms"; tab: AlarmTab }
  | { page: "data" }
  | { page: "building"; id: string }
  | { page: "device"; id: string; point: string | null };

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
    case "data":
      return "#/data";
    case "building":
      return `#/building/${encodeURIComponent(to.id)}`;
    case "device":
      return `#/device/${encodeURIComponent(to.id)}${to.point === null ? "" : `/${encodeURIComponent(to.point)}`}`;
  }
}

function read(hash: string): Route {
  const [page, first, second] = hash.replace(/^#\/?/, "").split("/").map(decode);
  switch (page) {
    case "alarms":
      return { page, tab: first === "answered" || first === "all" ? first : "unanswered" };
    case "data":
      return { page };
    case "building":
      return first ? { page, id: first } : { page: "overview" };
    case "device":
      return first ? { page, id: first, point: second || null } : { page: "overview" };
    default:
      return { page: "overview" };
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a mistyped address leads to "no such device", not to a blank page
  }
}
