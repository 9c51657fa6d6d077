// A screen that everybody looks at must not go dark. Only secure pages may ask for that, and not every browser grants it.

/** Keeps the screen lit while the page is seen, where the browser can, until the returned function is called. */
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | null = null;
  let left = false;
  const ask = async () => {
    if (document.hidden || lock !== null || !("wakeLock" in navigator)) return;
    try {
      const given = await navigator.wakeLock.request("screen");
      if (left) return void given.release();
      lock = given;
      // The browser takes it back whenever the page is hidden.
      given.onrelease = () => (lock = null);
    } catch {
      // The battery is low, or the browser will not: it is asked again when the page is next seen.
    }
  };
  void ask();
  document.addEventListener("visibilitychange", ask);
  return () => {
    left = true;
    document.removeEventListener("visibilitychange", ask);
    void lock?.release();
  };
}
