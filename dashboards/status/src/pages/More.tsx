// 更多: everything that has no entry of its own at the top, by what it is for, as far as the one signed in may see it.

import { href, type PlainPage, type Route } from "../route.ts";
import { stories } from "../store/overview.ts";
import {
  mayAdminister,
  mayAnswer,
  mayExport,
  mayInspect,
  mayLabel,
  mayMeet,
  mayMount,
  mayPermit,
  mayProtect,
  mayReview,
  mayTell,
  mayWatch,
} from "../store/session.ts";
import { type Key, t } from "../texts.ts";

/** Pages that are named here: each has a line that says what it is for. */
type Page = Extract<Key, `more.${PlainPage | "audit" | "history"}`> extends `more.${infer P}` ? P : never;
type Group = "work" | "people" | "devices" | "records" | "box";

export function More() {
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.more")}</h1>
      {groups().map(([group, pages]) => (
        <section key={group} aria-labelledby={`more-${group}`}>
          <h2 id={`more-${group}`}>{t(`more.group.${group}`)}</h2>
          <ul class="more-pages">
            {pages.map((page) => (
              <li key={page}>
                <a href={href(to(page))}>
                  <b>{t(`nav.${page}`)}</b>
                  <span>{t(`more.${page}`)}</span>
                </a>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </main>
  );
}

/** Pages that are looked at through something begin without it. */
function to(page: Page): Route {
  if (page === "audit") return { page, filter: "" };
  return page === "history" ? { page, points: "", days: "1" } : { page };
}

function groups(): [Group, Page[]][] {
  const all: [Group, Page[]][] = [
    [
      "work",
      [
        ...when(mayAnswer(), "duty", "people"),
        "charging",
        "lockers",
        "overdue",
        ...when(mayWatch(), "drills", "effects", "channels"),
        ...when(mayExport(), "figures"),
      ],
    ],
    [
      "people",
      [
        ...when(mayMeet(), "permits", "visitor"),
        ...when(mayPermit(), "enrol", "import", "tags", "tags_import"),
        ...when(mayAnswer(), "groups", "schedules"),
      ],
    ],
    [
      "devices",
      [
        ...when(mayMount(), "rounds", "inventory", "stock"),
        ...when(mayWatch(), "walk_tests", "receivers", "tables", "commissioning", "lines"),
        "health",
        "history",
        ...when(mayLabel(), "labels"),
      ],
    ],
    ["records", [...when(mayReview(), "audit"), ...when(mayProtect(), "privacy", "investigations")]],
    [
      "box",
      [
        "account",
        ...when(mayAdminister(), "users", "screens"),
        ...when(mayInspect(), "system"),
        ...when(mayWatch(), "data", "works"),
        ...when(mayTell() && stories.value.length > 0, "simulator"),
      ],
    ],
  ];
  return all.filter(([, pages]) => pages.length > 0);
}

function when<P extends Page>(may: boolean, ...pages: P[]): P[] {
  return may ? pages : [];
}
