import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { DeviceError } from "../pci/mod.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { readRtc } from "./mod.ts";

/** Registers that read as the input, again and again. */
function run(bytes: Uint8Array): void {
  const emulated = createEmulatedMachine({
    world: createSimulation({ seed: 1 }),
    dmaBytes: 4096,
    memoryBytes: 4096,
  });
  let index = 0;
  emulated.ports.add(0x70, 2, {
    read: () => bytes[index % (bytes.length || 1)] ?? 0xff,
    write: (offset, _width, value) => {
      if (offset === 0) index = value;
    },
  });
  try {
    const us = readRtc(emulated.machine, { maxReads: 20 });
    if (!(us >= 0 && Number.isSafeInteger(us))) throw new Error(`${us} microseconds`);
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
  }
}

export const fuzz: FuzzTarget[] = [
  {
    name: "rtc registers",
    seeds: [Uint8Array.from({ length: 0x40 }, (_, at) => (at === 0x32 ? 0x20 : at === 10 ? 0 : 1))],
    run,
  },
];
