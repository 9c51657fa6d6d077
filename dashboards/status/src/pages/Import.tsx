// 导入: a file of permits.

import { useSignal } from "@preact/signals";
import { FileImport } from "../parts/FileImport.tsx";
import { href } from "../route.ts";
import { t } from "../texts.ts";

export function Import() {
  const reason = useSignal("");
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "permits" })}>{t("nav.permits")}</a>
      </p>
      <h1>{t("nav.import")}</h1>
      <FileImport
        path="permits/import"
        columns={t("import.columns")}
        counts={["rows", "new", "changed", "unchanged"]}
        reason={reason}
        taken={
          <>
            {t("import.taken")} <a href={href({ page: "tables" })}>{t("nav.tables")}</a>
          </>
        }
      />
    </main>
  );
}
