import { createMemory } from "../../libos/kernel/mod.ts";
import {
  createFuzzBench,
  FAULT_SEEDS,
  FUZZ_LIMITS,
  ringFeaturesOf,
} from "../../tests/machine/fuzz-bench.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { BalloonModel } from "../../tests/machine/virtio/balloon-model.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { createVirtioBalloon, PAGE_BYTES } from "./mod.ts";

const LIMITS = { leastFreeBytes: PAGE_BYTES, pagesMax: 3, batchPages: 2 };

/** Sizes and needs of the system change; no page is taken or given back twice. */
function run(bytes: Uint8Array): void {
  const model = new BalloonModel({ ringFeatures: ringFeaturesOf(bytes) });
  const { emulated, transport, ...bench } = createFuzzBench(model, bytes);
  const memory = createMemory(emulated.memory);
  const owner = memory.owner("balloon", memory.totalBytes);
  const user = memory.owner("user", memory.totalBytes);
  const source = {
    get freeBytes(): number {
      return memory.totalBytes - memory.usedBytes;
    },
    allocate: () => owner.allocate(PAGE_BYTES),
    free: (offset: number) => owner.free(offset, PAGE_BYTES),
  };
  const balloon = createVirtioBalloon(transport, needsOf(emulated), source, LIMITS, FUZZ_LIMITS);
  memory.onScarce(() => balloon.reclaim());
  for (const byte of bytes.subarray(0, 24)) {
    model.resize(byte & 3);
    bench.run(byte & 15);
    const offset = user.allocate((1 + (byte >> 6)) * PAGE_BYTES);
    bench.run(byte & 31);
    if (offset >= 0) user.free(offset, (1 + (byte >> 6)) * PAGE_BYTES);
  }
  bench.run(100);
  if (owner.usedBytes < balloon.pageCount * PAGE_BYTES) throw new Error("a page was lent twice");
  balloon.close();
  bench.check();
}

export const fuzz: FuzzTarget[] = [
  { name: "virtio-balloon on a hostile device", seeds: FAULT_SEEDS, run },
];
