import { createPlainSlab } from "../../host-adapters/shared/slab.ts";
import { EmulatedDma } from "../../tests/machine/dma.ts";
import { createFuzzBench } from "../../tests/machine/fuzz-bench.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { EntropyModel } from "../../tests/machine/virtio/entropy-model.ts";
import { FUZZ_LIMITS } from "../../tests/machine/fuzz-bench.ts";
import type { Machine, Mmio } from "../../libos/hal/mod.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { DeviceError, findVirtioDevices, openVirtio, type Virtqueue } from "./mod.ts";
import { PackedQueue, packedLayout } from "./packed-queue.ts";
import { descriptorCount } from "./ring-queue.ts";
import { SplitQueue, splitLayout } from "./split-queue.ts";
import type { VirtioTransport } from "./transport.ts";

const SIZE = 8;
const PARTS = 2;

/** Each byte of the input is a step: of the driver, or of a device that writes where it likes. */
function runQueue(isPacked: boolean): (bytes: Uint8Array) => void {
  return (bytes) => {
    const slab = createPlainSlab(12_288);
    const ignore = (): void => {};
    const dma = new EmulatedDma(slab, slab.region(8192), slab.region(4096), ignore, ignore);
    const isIndirect = (bytes[0] ?? 0) % 2 === 0;
    const layout = isPacked ? packedLayout() : splitLayout(SIZE);
    const pool = dma.openPool();
    const table = dma.createTable(pool, descriptorCount(SIZE, PARTS, isIndirect));
    const rings = dma.allocate(pool, layout.totalBytes, 16);
    const data = dma.allocate(pool, 4096, 16);
    let breaks = 0;
    const options = {
      index: 0,
      size: SIZE,
      maxParts: PARTS,
      isIndirect,
      hasEventIndex: (bytes[1] ?? 0) % 2 === 0,
      ...{ dma, pool, table },
      transport: { notify() {} } as unknown as VirtioTransport,
      onBroken: () => breaks++,
    };
    const Queue = isPacked ? PackedQueue : SplitQueue;
    const queue: Virtqueue = new Queue(options, slab.bytes, rings, layout);
    const shared = [slab.bytes.subarray(rings, rings + layout.totalBytes), dma.tableBytes(table)];
    const held = new Set<number>();
    for (let at = 2; at + 2 < bytes.length; at += 3) {
      step(queue, held, data, shared, bytes.subarray(at, at + 3));
    }
    if (breaks > 1) throw new Error("a queue breaks once");
  };
}

/** @param shared What the device may write: rings and descriptors. */
function step(
  queue: Virtqueue,
  held: Set<number>,
  data: number,
  shared: readonly Uint8Array[],
  [what = 0, low = 0, value = 0]: Uint8Array,
): void {
  if (what < 80) {
    const slot = queue.take();
    if (slot < 0) return;
    queue.describe(slot, 0, data, 16, false, false);
    queue.describe(slot, 1, data + 16, 16, true, true);
    queue.offer(slot, PARTS);
    held.add(slot);
  } else if (what < 120) {
    queue.kick();
  } else if (what < 180) {
    for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) {
      if (!held.delete(slot)) throw new Error(`slot ${slot} came back twice`);
      if (queue.usedLength > 16) throw new Error(`${queue.usedLength} bytes in a buffer of 16`);
      queue.release(slot);
    }
    if (queue.watch() && queue.pop() >= 0 === false && queue.hasUsed()) throw new Error("stuck");
  } else {
    const memory = shared[what % 2]!;
    memory[(Math.floor(what / 2) * 256 + low) % memory.length] = value;
  }
}

/** Registers that read as the input: opening ends in a device or in a DeviceError. */
function runRegisters(bytes: Uint8Array): void {
  let reads = 0;
  const next = (): number => bytes[reads++ % (bytes.length || 1)] ?? 0;
  const emulated = createFuzzBench(new EntropyModel(), Uint8Array.of(0)).emulated;
  const real = emulated.machine.mmio;
  const mmio: Mmio = {
    map: (address, length) => real.map(address, length),
    read8: () => next(),
    read16: () => next() + 256 * next(),
    read32: () => next() + 256 * next() + 65_536 * next() + 16_777_216 * next(),
    write8() {},
    write16() {},
    write32() {},
  };
  const machine: Machine = { ...emulated.machine, mmio };
  const needs = { ...needsOf(emulated), machine };
  for (const transport of findVirtioDevices(machine)) {
    try {
      const device = openVirtio(transport, needs, () => [0, 1, 5], FUZZ_LIMITS);
      device.createQueue(0, 8, 2);
      device.readConfig((from) => from.readConfig8(0));
      device.close();
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
    }
  }
}

const QUEUE_SEEDS: readonly Uint8Array[] = [
  Uint8Array.from(
    { length: 60 },
    (_, at) => [1, 0, 0, 100, 0, 0, 200, 150, 1, 130, 0, 0][at % 12]!,
  ),
  Uint8Array.from({ length: 90 }, (_, at) => (at % 3 === 0 ? 40 * (at % 7) : at)),
];

export const fuzz: FuzzTarget[] = [
  { name: "virtio split queue", seeds: QUEUE_SEEDS, run: runQueue(false) },
  { name: "virtio packed queue", seeds: QUEUE_SEEDS, run: runQueue(true) },
  {
    name: "virtio registers",
    seeds: [Uint8Array.from({ length: 64 }, (_, at) => (at * 7) & 255), new Uint8Array(16)],
    run: runRegisters,
  },
];
