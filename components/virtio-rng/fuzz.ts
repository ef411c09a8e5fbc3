import {
  createFuzzBench,
  FAULT_SEEDS,
  FUZZ_LIMITS,
  ringFeaturesOf,
} from "../../tests/machine/fuzz-bench.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { EntropyModel } from "../../tests/machine/virtio/entropy-model.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { DeviceError } from "../virtio/mod.ts";
import { createVirtioRng } from "./mod.ts";

/** All bytes come, or an error says that there is no entropy. */
function run(bytes: Uint8Array): void {
  const model = new EntropyModel({ ringFeatures: ringFeaturesOf(bytes) });
  const bench = createFuzzBench(model, bytes);
  try {
    const needs = needsOf(bench.emulated);
    const rng = createVirtioRng(bench.transport, needs, { portionBytes: 16 }, FUZZ_LIMITS);
    for (let round = 0; round < 8 && rng.available; round++) rng.fill(new Uint8Array(10 * round));
    rng.close();
  } catch (error) {
    const isExpected = error instanceof DeviceError || /no entropy/.test(String(error));
    if (!isExpected) throw error;
  }
  bench.check();
}

export const fuzz: FuzzTarget[] = [
  { name: "virtio-rng on a hostile device", seeds: FAULT_SEEDS, run },
];
