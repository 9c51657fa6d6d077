// Where the page is, read from the address after "#".

import { signal } from "@preact/signals";

const ALARM_TABS = ["unanswered", "answered", "spared", "closed"] as const;
export type AlarmTab = (typeof ALARM_TABS)[number];

/** What alarms of a list are shown, as it stands in the address; a part left out chooses nothing. */
const PARTS = ["priority", "kind", "building", "grid"] as const;
export type Only = Partial<Record<(typeof PARTS)[number], string>>;

/** Pages that need nothing but their name. */
const PLAIN = [
  "overview", "more", "data", "doors", "permits", "import", "visitor", "enrol", "groups", "schedules", "tables",
  "commissioning", "lines", "detectors", "rounds", "walk_tests", "receivers", "stock", "inventory",
  "lockers", "overdue", "charging", "tags", "tags_import",
  "incident_report", "duty", "people", "drills", "effects", "channels", "figures", "health", "works", "simulator",
  "account", "users", "screens", "welcome", "setup", "privacy", "investigations", "labels", "system", "screen",
] as const; // prettier-ignore
export type PlainPage = (typeof PLAIN)[number];

export type Route =
  | { page: PlainPage }
  | { page: "alarms"; tab: AlarmTab; only?: Only }
  | { page: "alarm" | "incident"; id: string }
  | { page: "incidents"; ended: boolean }
  | { page: "handover" | "roster" | "trial"; id: string }
  | { page: "history"; points: string; days: string }
  | { page: "building"; id: string }
  | { page: "device"; id: string; point: string | null }
  | { page: "door"; device: string; part: string }
  | { page: "floors"; id: string; entrance: string | null }
  | { page: "detector"; id: string; point: string | null }
  | { page: "round" | "walk_test"; id: string }
  | { page: "locker"; id: string; part: string | null }
  | { page: "room"; id: string }
  | { page: "household"; id: string }
  | { page: "audit"; filter: string }
  | { page: "label"; id: string }
  | { page: "controller"; id: string };

const NUMBER = /^\d+$/;

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
      return `#/alarms/${to.tab}${query(to.only ?? {})}`;
    case "alarm":
    case "incident":
      return address(`${to.page}s`, to.id);
    case "incidents":
      return to.ended ? "#/incidents/ended" : "#/incidents";
    case "history":
      return to.points === "" ? "#/history" : address("history", to.points, to.days);
    case "handover":
      return address("duty", to.id);
    case "roster":
    case "trial":
    case "building":
    case "household":
      return address(to.page, to.id);
    case "controller":
      return address("commissioning", to.id);
    case "device":
    case "detector":
      return address(to.page, to.id, ...(to.point === null ? [] : [to.point]));
    case "floors":
      return address("detectors", to.id, ...(to.entrance === null ? [] : [to.entrance]));
    case "round":
    case "walk_test":
      return address(`${to.page}s`, to.id);
    case "locker":
      return address("lockers", to.id, ...(to.part === null ? [] : [to.part]));
    case "room":
      return address("charging", to.id);
    case "door":
      return address("doors", to.device, to.part);
    case "audit":
      return to.filter === "" ? "#/audit" : `#/audit?${to.filter}`;
    case "label":
      return address("q", to.id);
    default:
      return address(to.page);
  }
}

function address(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

function query(only: Only): string {
  const chosen = new URLSearchParams(PARTS.flatMap((part) => (only[part] === undefined ? [] : [[part, only[part]]])));
  return `${chosen}` === "" ? "" : `?${chosen}`;
}

function onlyOf(asked: string | undefined): Only {
  const chosen = new URLSearchParams(asked);
  return Object.fromEntries(PARTS.flatMap((part) => (chosen.get(part) ? [[part, chosen.get(part)]] : [])));
}

function read(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const [page, first, second] = path.split("/").map(decode);
  switch (page) {
    case "alarms":
      if (first && NUMBER.test(first)) return { page: "alarm", id: first };
      return { page, tab: ALARM_TABS.find((tab) => tab === first) ?? "unanswered", only: onlyOf(query) };
    case "incidents":
      return first && NUMBER.test(first) ? { page: "incident", id: first } : { page, ended: first === "ended" };
    case "history":
      return { page, points: first ?? "", days: second ?? "1" };
    case "duty":
      return first ? { page: "handover", id: first } : { page };
    case "roster":
      return first ? { page, id: first } : { page: "duty" };
    case "trial":
    case "building":
    case "household":
      return first ? { page, id: first } : { page: "overview" };
    case "device":
    case "detector":
      return first ? { page, id: first, point: second || null } : { page: "overview" };
    case "detectors":
      return first ? { page: "floors", id: first, entrance: second ?? null } : { page };
    case "rounds":
      return first ? { page: "round", id: first } : { page };
    case "walk_tests":
      return first ? { page: "walk_test", id: first } : { page };
    case "lockers":
      return first ? { page: "locker", id: first, part: second || null } : { page };
    case "charging":
      return first ? { page: "room", id: first } : { page };
    case "doors":
      return first && second ? { page: "door", device: first, part: second } : { page };
    case "commissioning":
      return first ? { page: "controller", id: first } : { page };
    case "audit":
      return { page, filter: query };
    case "q":
      return first ? { page: "label", id: first } : { page: "overview" };
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
