/** The image's own ears: Ctrl-C on the console, and the power button. */
import "./error-stack.ts";
import { hal, liveness } from "./hal.ts";
import { interrupt, onLoadingEnded, tell } from "./lifecycle.ts";
import { trace } from "./machine.ts";
import { modules } from "./parts.ts";

/** The number of Ctrl-C on a console. */
const INTERRUPT = 3;

hal.console.onReady(() => {
  hal.console.read((bytes) => {
    if (bytes.includes(INTERRUPT)) interrupt("SIGINT");
  });
});
hal.power.onRequest(() => interrupt("SIGTERM"));
tell?.("ready");

onLoadingEnded(() => liveness.begin());
trace?.mark("the system");
// What these tell their callers nothing is held for: who waits for them may wait for long.
if (!(modules.kernel || modules.tcp || modules.udp || modules.system)) liveness.watchLoading();

/** The application's main module was evaluated: from now on the image ends when nothing is held. */
export function applicationLoaded(): void {
  trace?.mark("the application");
  liveness.begin();
}
