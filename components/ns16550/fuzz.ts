import { DeviceError } from "../pci/mod.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { createNs16550, NS16550_LIMITS } from "./mod.ts";

/** A UART whose registers read as the input: nothing hangs, whatever the line status says. */
function run(bytes: Uint8Array): void {
  let reads = 0;
  let scratch = 0;
  let interrupt = (): void => {};
  const registers = {
    name: "noise",
    read: (register: number) =>
      register === 7 ? scratch : (bytes[reads++ % (bytes.length || 1)] ?? 0xff),
    write: (register: number, value: number) => {
      if (register === 7) scratch = value;
    },
  };
  const jobs: (() => void)[] = [];
  try {
    const uart = createNs16550(
      {
        registers,
        interrupts: {
          message: () => undefined,
          line: (_line, handler) => {
            interrupt = handler;
          },
        },
        line: 4,
        clock: { nowUs: () => reads, wallUs: () => 0 },
        schedule: (job) => jobs.push(job),
      },
      { ...NS16550_LIMITS, outputBytes: 32, inputBytes: 32, stallUs: 200 },
    );
    uart.onReady(() => uart.read(() => {}));
    for (let round = 0; round < 4; round++) {
      uart.write(1, bytes.subarray(0, 100));
      interrupt();
      for (const job of jobs.splice(0)) job();
    }
    uart.close();
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
  }
}

export const fuzz: FuzzTarget[] = [
  { name: "ns16550 registers", seeds: [Uint8Array.of(0x60, 0x61, 0x00), Uint8Array.of(0x20)], run },
];
