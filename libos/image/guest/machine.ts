/** The kernel's functions, taken from the global object before anything else is evaluated. */
import { createBareMetal, type BareMetal } from "../../../bare-metal/hal.ts";
import type { NativeMachine } from "../../../bare-metal/native.ts";
import { createBootTrace, type BootTrace } from "./boot-trace.ts";
import { createTextEncoder } from "./native-text.ts";
import { createObserver, type Observer } from "./observe.ts";

/** Takes the kernel's global away: the application has the system's modules and nothing below. */
function takeMachine(): NativeMachine {
  const realm = globalThis as unknown as { machine?: NativeMachine };
  const machine = realm.machine;
  if (machine === undefined) throw new Error("this bundle runs in a libos image only");
  delete realm.machine;
  return machine;
}

const machine = takeMachine();
/** The global class `TextEncoder`. */
export const TextEncoder: ReturnType<typeof createTextEncoder> = createTextEncoder(machine.text);
const encoder = new TextEncoder();
/** What looks on between the drivers and everything above them. */
export const observer: Observer = createObserver(machine);
/** The kernel's native functions. */
export const native: NativeMachine = observer.native;
export const bareMetal: BareMetal = createBareMetal(machine);

/** Writes a line of the image itself, or of the application's console. */
export function writeLine(line: string): void {
  native.console.write(encoder.encode(`${line}\n`));
}

/** Where the start's time goes, if somebody asked. */
export const trace: BootTrace | undefined = createBootTrace(native, writeLine);

/** Sets a global as the platform's own are: writable, configurable and not listed. */
export function defineGlobals(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
}
