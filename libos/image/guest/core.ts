/** The core of this image's system, for every part that stands on it. */
import { createCore, type Core } from "../../system/core.ts";
import { hal, liveness } from "./hal.ts";
import { onEnd } from "./lifecycle.ts";
import { observer, trace } from "./machine.ts";

export const core: Core = createCore({
  hal,
  trace: observer.trace,
  hold: () => liveness.hold(),
  release: () => liveness.release(),
  // Streams have the global `process`, and nothing without streams asks for this.
  nextTick: (callback, value) => process.nextTick(callback, value),
});
onEnd(() => core.stop());
if (trace) core.log.attach(({ message }) => trace?.mark(message), "info");
