/** Sleeps for three seconds in one go, and counts how often the kernel woke. */
import { openImage } from "./image.ts";

const { hal, native, print } = openImage();
const SLEEP_US = 3e6;
const startUs = hal.clock.nowUs();
let wakeCount = 0;

// In place of the platform's own loop, which has no counter: the same calls, and one more.
native.onPoll(() => {
  wakeCount++;
  const nowUs = hal.clock.nowUs();
  if (nowUs < startUs + SLEEP_US) return startUs + SLEEP_US;
  print(`woke ${wakeCount} times in ${nowUs - startUs} us`);
  return hal.power.off(0) as never;
});
