// One detector in a list: its picture, where it hangs, how it is.

import type { Detector } from "../detector_shapes.ts";
import { href } from "../route.ts";
import { look, markOf, tone, unit, words } from "../show/detector.ts";
import { t } from "../texts.ts";
import { DetectorPicture } from "./DetectorCell.tsx";
import { Moment } from "./Moment.tsx";
import { PriorityMark } from "./PriorityMark.tsx";

export function DetectorRow({ detector }: { detector: Detector }) {
  const worst = look(detector);
  const mark = markOf(worst);
  return (
    <li class={`door-row detector-row ${tone(worst)}`} data-detector={detector.id}>
      <DetectorPicture detector={detector} />
      <div>
        <p class="door-name">
          <a href={href({ page: "detector", id: detector.id, point: null })}>{detector.name}</a>
          <span>{unit(detector)}</span>
        </p>
        <p class="door-words">
          {mark !== null && <PriorityMark priority={mark} />}
          {words(detector).join(" · ")}
          {worst === "battery_low" && detector.battery !== null && ` ${detector.battery} %`}
        </p>
        {detector.state !== "unmounted" && <Heard detector={detector} />}
      </div>
    </li>
  );
}

/** When it was heard last, above what is pressed as a link so that the time can be tapped. */
function Heard({ detector }: { detector: Detector }) {
  if (detector.heard === null) return <p class="door-more">{t("detector.not_heard")}</p>;
  return (
    <p class="door-more">
      {t("detector.heard_at")} <Moment at={detector.heard} />
    </p>
  );
}
