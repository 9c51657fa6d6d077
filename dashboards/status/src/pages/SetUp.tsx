// 首次设置: one question a screen; what was entered is kept by the gateway, so a lost phone loses nothing.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAsked } from "../asked.ts";
import { Trouble } from "../parts/Trouble.tsx";
import { BackupStep } from "../setup/BackupStep.tsx";
import { BuildingsStep } from "../setup/BuildingsStep.tsx";
import { ChannelStep } from "../setup/ChannelStep.tsx";
import { ClockStep } from "../setup/ClockStep.tsx";
import { CompoundStep } from "../setup/CompoundStep.tsx";
import { FinishStep } from "../setup/FinishStep.tsx";
import { GridsStep } from "../setup/GridsStep.tsx";
import { PeopleStep } from "../setup/PeopleStep.tsx";
import type { Walk } from "../setup/StepForm.tsx";
import { type SetUp as Whole, type StepName, STEPS } from "../setup_shapes.ts";
import { t } from "../texts.ts";

const SCREENS: Record<StepName, (asked: { walk: Walk }) => preact.JSX.Element> = {
  clock: ClockStep,
  compound: CompoundStep,
  buildings: BuildingsStep,
  grids: GridsStep,
  people: PeopleStep,
  channel: ChannelStep,
  backup: BackupStep,
};

export function SetUp() {
  const { value, trouble } = useAsked<Whole>("setup");
  const whole = useSignal<Whole | null>(null);
  const at = useSignal<number | null>(null);
  useEffect(() => {
    if (value === null || whole.value !== null) return;
    whole.value = value;
    const first = STEPS.findIndex((id) => value.steps.find((step) => step.id === id)?.state === "open");
    at.value = first < 0 ? STEPS.length : first;
  }, [value]);
  const [known, here] = [whole.value, at.value];
  if (known === null || here === null) {
    return (
      <main id="content" class="narrow" tabIndex={-1}>
        <h1>{t("nav.setup")}</h1>
        {trouble === null ? <p class="empty">{t("verdict.waiting")}</p> : <Trouble problem={trouble} />}
      </main>
    );
  }
  if (known.steps.length === 0) {
    return (
      <main id="content" class="narrow" tabIndex={-1}>
        <h1>{t("nav.setup")}</h1>
        <p class="empty">{t("refusal.role")}</p>
      </main>
    );
  }
  const go = (step: number) => {
    at.value = step;
    scrollTo(0, 0);
  };
  return (
    <main id="content" class="narrow setup-page" tabIndex={-1}>
      <h1>{t("nav.setup")}</h1>
      <p class="setup-progress">
        <progress max={STEPS.length} value={here} aria-label={t("setup.progress")} />
        {here < STEPS.length ? t("welcome.step", { n: here + 1, total: STEPS.length }) : t("setup.finish.last")}
      </p>
      <Screen whole={known} here={here} heard={(answer) => (whole.value = answer)} go={go} />
    </main>
  );
}

interface Shown {
  whole: Whole;
  here: number;
  heard: (whole: Whole) => void;
  go: (step: number) => void;
}

function Screen({ whole, here, heard, go }: Shown) {
  const id = STEPS[here];
  const step = whole.steps.find((one) => one.id === id);
  if (id === undefined || step === undefined) return <FinishStep whole={whole} heard={heard} go={go} />;
  const Step = SCREENS[id];
  const back = here === 0 ? null : () => go(here - 1);
  return <Step key={id} walk={{ step, whole, heard, next: () => go(here + 1), back }} />;
}
