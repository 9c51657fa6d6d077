// 导入充电卡: a file of tags, which are hashed where they come in and shown nowhere.

import { useSignal } from "@preact/signals";
import { FileImport } from "../parts/FileImport.tsx";
import { href } from "../route.ts";
import { t } from "../texts.ts";

export function TagsImport() {
  const reason = useSignal("");
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "tags" })}>{t("nav.tags")}</a>
      </p>
      <h1>{t("nav.tags_import")}</h1>
      <FileImport
        path="charging/tags/import"
        columns={t("tags.columns")}
        counts={["rows", "new", "changed", "unchanged"]}
        reason={reason}
        taken={
          <>
            {t("inventory.taken")} <a href={href({ page: "tags" })}>{t("nav.tags")}</a>
          </>
        }
      />
    </main>
  );
}
