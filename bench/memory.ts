/**
 * The primitives of packet memory, in nanoseconds: wasm SIMD against plain TypeScript.
 *
 *     node bench/memory.ts [--json]
 */
import process from "node:process";
import { createPlainSlab, createSlab } from "../host-adapters/shared/slab.ts";
import type { PacketMemory } from "../libos/hal/mod.ts";

const SIZES = [64, 1460, 65_536] as const;
const ROUNDS = 5;
/** Bytes of one measurement: long enough for the clock to see. */
const BYTES = 3e7;
const MEMORY_BYTES = 2 ** 20;
const TO = 2 ** 19 + 2;

interface Result {
  readonly operation: string;
  readonly bytes: number;
  readonly wasmNs: number;
  readonly plainNs: number;
}

type Operation = (memory: PacketMemory, bytes: number) => (from: number) => unknown;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  copy: (memory, bytes) => (from) => memory.copy(TO, from, bytes),
  checksum: (memory, bytes) => (from) => memory.checksum(from, bytes, 0),
  copyChecksum: (memory, bytes) => (from) => memory.copyChecksum(TO, from, bytes, 0),
  "copyIn, whole array": (memory, bytes) => {
    const source = new Uint8Array(bytes);
    return (from) => memory.copyIn(from, source, 0, bytes);
  },
  "copyIn, part of one": (memory, bytes) => {
    const source = new Uint8Array(bytes + 64);
    return (from) => memory.copyIn(from, source, from, bytes);
  },
  copyOut: (memory, bytes) => {
    const target = new Uint8Array(bytes + 64);
    return (from) => memory.copyOut(target, from, from, bytes);
  },
};

/** @returns Nanoseconds for one call, the best of some rounds. */
function measure(call: (from: number) => unknown, bytes: number): number {
  const calls = Math.max(2000, Math.min(300_000, Math.floor(BYTES / bytes)));
  let best = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    // All alignments in turn, as frames come.
    for (let index = 0; index < calls; index++) call(index & 15);
    // The first round warms up.
    if (round > 0) best = Math.min(best, ((performance.now() - start) * 1e6) / calls);
  }
  return best;
}

function run(): Result[] {
  const wasm = createSlab(MEMORY_BYTES).region(MEMORY_BYTES);
  const plain = createPlainSlab(MEMORY_BYTES).region(MEMORY_BYTES);
  return Object.entries(OPERATIONS).flatMap(([operation, make]) =>
    SIZES.map((bytes) => ({
      operation,
      bytes,
      wasmNs: measure(make(wasm, bytes), bytes),
      plainNs: measure(make(plain, bytes), bytes),
    })),
  );
}

function print(results: readonly Result[]): void {
  console.log("packet memory, ns per call      bytes     wasm    plain    ratio");
  for (const { operation, bytes, wasmNs, plainNs } of results) {
    const numbers = [wasmNs, plainNs].map((ns) => ns.toFixed(1).padStart(8)).join(" ");
    const ratio = (plainNs / wasmNs).toFixed(1).padStart(8);
    console.log(`${operation.padEnd(28)} ${String(bytes).padStart(8)} ${numbers} ${ratio}`);
  }
}

const results = run();
if (process.argv.includes("--json")) console.log(JSON.stringify(results));
else print(results);
