// 更多: everything that has no entry of its own at the top, as far as the one signed in may see it.

import { href, type PlainPage } from "../route.ts";
import { mayAnswer, mayExport, mayMeet, mayMount, mayPermit, mayWatch } from "../store/session.ts";
import { t } from "../texts.ts";

type Page = Exclude<PlainPage, "overview" | "more" | "doors" | "detectors" | "incident_report">;

export function More() {
  const pages: Page[] = [
    ...(mayAnswer() ? (["duty", "people"] as const) : []),
    "charging",
    "lockers",
    "overdue",
    ...(mayMeet() ? (["permits", "visitor"] as const) : []),
    ...(mayPermit() ? (["enrol", "import", "tags", "tags_import"] as const) : []),
    ...(mayAnswer() ? (["groups", "schedules"] as const) : []),
    ...(mayMount() ? (["rounds", "inventory", "stock"] as const) : []),
    ...(mayWatch() ? (["walk_tests", "receivers"] as const) : []),
    ...(mayWatch() ? (["drills", "effects", "channels"] as const) : []),
    ...(mayExport() ? (["figures"] as const) : []),
    ...(mayWatch() ? (["tables", "commissioning", "lines", "data"] as const) : []),
  ];
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <h1>{t("nav.more")}</h1>
      <ul class="more-pages">
        {pages.map((page) => (
          <li key={page}>
            <a href={href({ page })}>
              <b>{t(`nav.${page}`)}</b>
              <span>{t(`more.${page}`)}</span>
            </a>
          </li>
        ))}
      </ul>
    </main>
  );
}
