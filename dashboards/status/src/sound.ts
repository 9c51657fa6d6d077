// The alarm's sound. Browsers allow it only after a tap, so it starts off and the page says so.

import { effect, signal } from "@preact/signals";
import { critical, isEarnest, unanswered } from "./store/alarms.ts";
import { t } from "./texts.ts";

/** Whether this tab sounds. */
export const soundOn = signal(false);
/** What the tab's title shows instead of the page's name, every other second while someone must come. */
export const flash = signal<string | null>(null);

/** Whether what this page shows is too old to be relied on; set by the duty screen, which nobody looks at all the time. */
export const stale = signal(false);

/** An unanswered P1 sounds again this often. */
const REPEAT_MS = 6_000;
/** Data that do not come sound again this often: not to be taken for an alarm, and not to drown one. */
const STALE_REPEAT_MS = 10_000;
const FLASH_MS = 1_000;

let audio: AudioContext | null = null;

/** Turns the sound on (called from a tap) or off. */
export async function toggle(): Promise<void> {
  if (soundOn.value) {
    soundOn.value = false;
    return;
  }
  audio ??= opened();
  await audio.resume();
  soundOn.value = audio.state === "running";
  if (soundOn.value) beep(660, 1);
}

function opened(): AudioContext {
  const made = new AudioContext();
  // A call, or another app: the page must not say that it sounds while it does not.
  made.onstatechange = () => {
    if (made.state !== "running") soundOn.value = false;
  };
  return made;
}

// What did not wait a moment ago sounds, P1 and P2 only: a new alarm, one whose pause has ended, one that a poll brought.
let waited: ReadonlySet<number> = new Set();
effect(() => {
  const waiting = unanswered.value.filter(isEarnest);
  const worst = waiting.filter((alarm) => !waited.has(alarm.number)).map((alarm) => alarm.priority);
  waited = new Set(waiting.map((alarm) => alarm.number));
  if (worst.includes(1)) beep(988, 3);
  else if (worst.includes(2)) beep(784, 2);
});

effect(() => {
  if (!soundOn.value || critical.value.length === 0) return;
  const timer = setInterval(() => beep(988, 3), REPEAT_MS);
  return () => clearInterval(timer);
});

// Low and falling, where an alarm is high: it says "look at me", not "run".
effect(() => {
  if (!soundOn.value || !stale.value) return;
  const sound = () => {
    beep(330, 1);
    beep(220, 1, 0.3);
  };
  sound();
  const timer = setInterval(sound, STALE_REPEAT_MS);
  return () => clearInterval(timer);
});

// A tab in the background is seen by its title alone.
effect(() => {
  const waiting = unanswered.value.filter((alarm) => alarm.priority <= 2).length;
  if (!soundOn.value || waiting === 0) return;
  const timer = setInterval(() => {
    const show = document.hidden && flash.peek() === null;
    flash.value = show ? `● ${t("verdict.unanswered", { unanswered: waiting })}` : null;
  }, FLASH_MS);
  return () => {
    clearInterval(timer);
    flash.value = null;
  };
});

function beep(hertz: number, times: number, after = 0): void {
  if (!soundOn.peek() || audio === null) return;
  for (let i = 0; i < times; i++) {
    const start = audio.currentTime + after + i * 0.28;
    const tone = new OscillatorNode(audio, { frequency: hertz, type: "triangle" });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0, start);
    volume.gain.linearRampToValueAtTime(0.4, start + 0.02);
    volume.gain.setTargetAtTime(0, start + 0.14, 0.03);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.28);
  }
}
