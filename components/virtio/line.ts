import type { Machine } from "../../libos/hal/mod.ts";
import { DeviceError } from "../pci/mod.ts";

/** Connects a device's wired line. @throws DeviceError when the machine has no such line. */
export function connectLine(
  machine: Machine,
  name: string,
  line: number,
  handler: () => void,
): void {
  try {
    machine.interrupts.line(line, handler);
  } catch (error) {
    throw new DeviceError(`${name}: interrupt line ${line} can't be connected`, { cause: error });
  }
}
