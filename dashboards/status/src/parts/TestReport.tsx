// 走测报告: a walk test as it goes to paper; not shown on the screen.

import type { WalkTest } from "../detector_shapes.ts";
import { dbm, said as worded, unit } from "../show/detector.ts";
import { until } from "../show/permit.ts";
import { moment } from "../show/time.ts";
import { compound } from "../store/overview.ts";
import { t } from "../texts.ts";
import { Sheet } from "./Sheet.tsx";

export function TestReport({ test }: { test: WalkTest }) {
  const total = test.tested + test.left;
  const facts: [string, string][] = [
    [t("record.compound"), compound.value?.name ?? ""],
    [t("report.by"), test.by],
    [t("report.time"), `${until(test.began)} – ${test.ended === null ? t("walk_tests.running") : until(test.ended)}`],
    [t("report.tested"), t("walk_tests.counts", { tested: test.tested, total })],
  ];
  return (
    <Sheet title={t("report.title")} facts={facts} signed={[t("report.tester"), t("record.owner"), t("record.date")]}>
      <table>
        <thead>
          <tr>
            {(["place", "detector", "said", "at", "receiver", "rssi"] as const).map((column) => (
              <th key={column}>{t(`report.${column}`)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {test.detectors.map((detector) => {
            const last = detector.said[detector.said.length - 1];
            return (
              <tr key={detector.id}>
                <td>{unit(detector)}</td>
                <td>{detector.name}</td>
                <td>{last === undefined ? t("walk_tests.not_yet") : worded(last.what)}</td>
                <td>{last === undefined ? "" : moment(Date.parse(last.at))}</td>
                <td>{last?.receiver_name ?? ""}</td>
                <td>{last === undefined ? "" : dbm(last.rssi)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Sheet>
  );
}
