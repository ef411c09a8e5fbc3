/** What every app of these tests begins with: the machine, its HAL, and printing. */
import { createBareMetal, type BareMetal } from "../../../bare-metal/hal.ts";
import type { NativeMachine } from "../../../bare-metal/native.ts";
import type { Hal } from "../../../libos/hal/mod.ts";

declare global {
  /** The kernel's global. */
  const machine: NativeMachine;
}

/** The image that this app runs in. */
export interface Image {
  readonly native: NativeMachine;
  readonly bareMetal: BareMetal;
  readonly hal: Hal;
  /** Prints one line of ASCII. */
  print(line: string): void;
}

/** Takes the machine. Call it once. */
export function openImage(): Image {
  const bareMetal = createBareMetal(machine);
  const hal = bareMetal.createHal({ net: [], block: [] });
  return {
    native: machine,
    bareMetal,
    hal,
    print: (line) => {
      const text = `${line}\n`;
      hal.console.write(
        1,
        Uint8Array.from(text, (character) => character.charCodeAt(0)),
      );
    },
  };
}
