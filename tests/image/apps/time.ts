/** Sleeps by the timer and prints how it went; echoes what is typed. */
import { openImage } from "./image.ts";

const { hal, print } = openImage();
const ROUNDS = 20;
const SLEEP_US = 5000;

const wallStartUs = hal.clock.wallUs();
const startUs = hal.clock.nowUs();
print(`wall ${Math.floor(wallStartUs / 1e6)}`);
let rounds = 0;
let early = 0;
let deadlineUs = startUs + SLEEP_US;

function askForInput(): void {
  const decoded: string[] = [];
  hal.console.onReady(() => {
    hal.console.read((bytes) => {
      for (const byte of bytes) decoded.push(String.fromCharCode(byte));
    });
    if (!decoded.includes("\n")) return;
    print(`typed ${decoded.join("").trim()}`);
    hal.power.off(0);
  });
  print(">");
}

hal.timer.onExpire(() => {
  if (hal.clock.nowUs() < deadlineUs) early++;
  if (++rounds < ROUNDS) {
    deadlineUs += SLEEP_US;
    hal.timer.arm(deadlineUs);
    return;
  }
  const wallUs = hal.clock.wallUs() - wallStartUs;
  const elapsedUs = hal.clock.nowUs() - startUs;
  print(`slept ${elapsedUs} us, wall ${wallUs} us, early ${early}`);
  askForInput();
});
hal.timer.arm(deadlineUs);
