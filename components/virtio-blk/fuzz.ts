import {
  createFuzzBench,
  FAULT_SEEDS,
  FUZZ_LIMITS,
  ringFeaturesOf,
} from "../../tests/machine/fuzz-bench.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { BlockModel } from "../../tests/machine/virtio/block-model.ts";
import type { BlockOperation } from "../../libos/hal/mod.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { DeviceError } from "../virtio/mod.ts";
import { createVirtioBlk } from "./mod.ts";

const LIMITS = { queueRequests: 4, maxRequestBytes: 4096 };
const OPERATIONS: readonly BlockOperation[] = ["read", "write", "flush", "discard"];
const REQUESTS = 16;

/** Every request ends once, and the last ones, which are synchronous, end in time. */
function run(bytes: Uint8Array): void {
  const model = new BlockModel({ sectorCount: 16, ringFeatures: ringFeaturesOf(bytes) });
  const bench = createFuzzBench(model, bytes);
  const { transport, emulated } = bench;
  const disk = createVirtioBlk(transport, needsOf(emulated), "disk0", LIMITS, FUZZ_LIMITS);
  const ended = new Set<number>();
  disk.onReady(() => {
    disk.complete((token) => {
      if (ended.has(token)) throw new Error(`request ${token} ended twice`);
      ended.add(token);
    });
  });
  const offset = emulated.memory.regionOffset;
  let submitted = 0;
  for (let token = 0; token < REQUESTS; token++) {
    const operation = OPERATIONS[(bytes[token] ?? 0) % 4]!;
    if (disk.submit(operation, token % 17, 1, offset, token)) submitted++;
    bench.run(30);
  }
  disk.transferSync("read", 0, 1, offset);
  disk.transferSync("flush", 0, 0, 0);
  bench.run(1000);
  if (ended.size !== submitted) throw new Error(`${ended.size} of ${submitted} requests ended`);
  disk.close();
  bench.check();
}

/** A configuration that is noise makes a disk that can be, or none. */
function runConfig(bytes: Uint8Array): void {
  const model = new BlockModel({ sectorCount: 16, features: [1, 2, 5, 6, 9, 13] });
  model.config.set(bytes.subarray(0, model.config.length));
  const bench = createFuzzBench(model, Uint8Array.of(0));
  try {
    const needs = needsOf(bench.emulated);
    const { info } = createVirtioBlk(bench.transport, needs, "disk0", LIMITS, FUZZ_LIMITS);
    const isPossible =
      (info.sectorBytes === 512 || info.sectorBytes === 4096) &&
      info.sectorCount >= 1 &&
      Number.isSafeInteger(info.sectorCount * info.sectorBytes) &&
      info.maxRequestSectors >= 1;
    if (!isPossible) throw new Error(JSON.stringify(info));
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
  }
  bench.check();
}

export const fuzz: FuzzTarget[] = [
  { name: "virtio-blk on a hostile device", seeds: FAULT_SEEDS, run },
  {
    name: "virtio-blk configuration",
    seeds: [Uint8Array.of(16, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0)],
    run: runConfig,
  },
];
