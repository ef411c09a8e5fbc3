/**
 * Globals that every image has. It is evaluated first of all; packages look at the globals when
 * they are loaded. Those that only some applications name are in `globals/`.
 */
import { createConsole } from "./console.ts";
import { defineGlobals, native, TextEncoder, writeLine } from "./machine.ts";

const bootWallUs = native.clock.wallUs() - native.clock.nowUs();

const settled = Promise.resolve();

defineGlobals({
  global: globalThis,
  TextEncoder,
  console: createConsole((_stream, line) => writeLine(line), native.clock),
  performance: { timeOrigin: bootWallUs / 1000, now: () => native.clock.nowUs() / 1000 },
  // What the callback throws becomes a rejection that nobody handles, which ends the image.
  queueMicrotask: (callback: () => void) => void settled.then(callback),
});
