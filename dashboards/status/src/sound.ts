// The alarm's sound. Browsers allow it only after a tap, so it starts off and the page says so.

import { effect, signal } from "@preact/signals";
import type { Alarm } from "./shapes.ts";
import { critical, unanswered } from "./store/alarms.ts";
import { t } from "./texts.ts";

/** Whether this tab sounds. */
export const soundOn = signal(false);
/** What the tab's title shows instead of the page's name, every other second while someone must come. */
export const flash = signal<string | null>(null);

/** An unanswered P1 sounds again this often. */
const REPEAT_MS = 6_000;
const FLASH_MS = 1_000;

let audio: AudioContext | null = null;

/** Turns the sound on (called from a tap) or off. */
export async function toggle(): Promise<void> {
  if (soundOn.value) {
    soundOn.value = false;
    return;
  }
  audio ??= new AudioContext();
  await audio.resume();
  soundOn.value = audio.state === "running";
  if (soundOn.value) beep(660, 1);
}

/** Sounds for an alarm that was just raised: P1 and P2 only. */
export function announce(alarm: Alarm): void {
  if (alarm.priority === 1) beep(988, 3);
  else if (alarm.priority === 2) beep(784, 2);
}

effect(() => {
  if (!soundOn.value || critical.value.length === 0) return;
  const timer = setInterval(() => beep(988, 3), REPEAT_MS);
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

function beep(hertz: number, times: number): void {
  if (!soundOn.value || audio === null) return;
  for (let i = 0; i < times; i++) {
    const start = audio.currentTime + i * 0.28;
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
