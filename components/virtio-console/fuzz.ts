import {
  createFuzzBench,
  FAULT_SEEDS,
  FUZZ_LIMITS,
  ringFeaturesOf,
} from "../../tests/machine/fuzz-bench.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { ConsoleModel } from "../../tests/machine/virtio/console-model.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { createVirtioConsole } from "./mod.ts";

const LIMITS = { buffers: 4, bufferBytes: 32, queueBytes: 256 };

function run(bytes: Uint8Array): void {
  const model = new ConsoleModel({ ringFeatures: ringFeaturesOf(bytes) });
  const bench = createFuzzBench(model, bytes);
  const { transport, emulated } = bench;
  const console = createVirtioConsole(transport, needsOf(emulated), LIMITS, FUZZ_LIMITS);
  console.onReady(() => console.read(() => {}));
  for (let round = 0; round < 8; round++) {
    console.write(1, bytes.subarray(0, 300));
    model.type(bytes.subarray(0, 20));
    bench.run(40);
  }
  console.close();
  bench.check();
}

export const fuzz: FuzzTarget[] = [
  { name: "virtio-console on a hostile device", seeds: FAULT_SEEDS, run },
];
