// 导入传感器清单: the supplier's list of sensors with their keys, which come in here and go nowhere else.

import { FileImport } from "../parts/FileImport.tsx";
import { href } from "../route.ts";
import { t } from "../texts.ts";

export function Inventory() {
  return (
    <main id="content" class="narrow" tabIndex={-1}>
      <p class="trail">
        <a href={href({ page: "rounds" })}>{t("nav.rounds")}</a>
      </p>
      <h1>{t("nav.inventory")}</h1>
      <FileImport
        path="sensors/import"
        columns={t("inventory.columns")}
        counts={["rows", "new", "changed", "unchanged", "mounted"]}
        taken={
          <>
            {t("inventory.taken")} <a href={href({ page: "rounds" })}>{t("nav.rounds")}</a>
          </>
        }
      />
    </main>
  );
}
