/**
 * Globals that the engine lacks and that need no system yet. It is evaluated before everything
 * else: packages look at the globals when they are loaded.
 */
import { AbortController, AbortSignal } from "abort-controller";
import { Buffer } from "buffer";
import { createBareMetal, type BareMetal } from "../../../bare-metal/hal.ts";
import type { NativeMachine } from "../../../bare-metal/native.ts";
import { createConsole } from "./console.ts";
import { createObserver, type Observer } from "./observe.ts";
import { createProcess, type ImageProcess } from "./process.ts";
import { createTextClasses, makeBufferNative } from "./native-text.ts";

/** Sets a global as the platform's own are: writable, configurable and not listed. */
export function defineGlobals(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}

/** Takes the kernel's global away: the application has the system's modules and nothing below. */
function takeMachine(): NativeMachine {
  const realm = globalThis as unknown as { machine?: NativeMachine };
  const machine = realm.machine;
  if (machine === undefined) throw new Error("this bundle runs in a libos image only");
  delete realm.machine;
  return machine;
}

const machine = takeMachine();
const { TextEncoder, TextDecoder } = createTextClasses(machine.text);
const encoder = new TextEncoder();
makeBufferNative(Buffer, machine.text);
/** What looks on between the drivers and everything above them. */
export const observer: Observer = createObserver(machine);
/** The kernel's native functions. */
export const native: NativeMachine = observer.native;
export const bareMetal: BareMetal = createBareMetal(machine);
export const imageProcess: ImageProcess = createProcess({
  clock: native.clock,
  arch: native.arch,
  engine: native.engine,
  off: (exitCode) => native.power.off(exitCode),
});

/** Writes a line of the image itself, or of the application's console. */
export function writeLine(line: string): void {
  native.console.write(encoder.encode(`${line}\n`));
}

const bootWallUs = native.clock.wallUs() - native.clock.nowUs();

defineGlobals({
  global: globalThis,
  AbortController,
  AbortSignal,
  Buffer,
  TextDecoder,
  TextEncoder,
  console: createConsole((_stream, line) => writeLine(line), native.clock),
  performance: { timeOrigin: bootWallUs / 1000, now: () => native.clock.nowUs() / 1000 },
  process: imageProcess,
  // What the callback throws becomes a rejection that nobody handles, which ends the image.
  queueMicrotask: (callback: () => void) => void Promise.resolve().then(callback),
});
