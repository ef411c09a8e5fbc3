import { createFrame, setParts } from "../../tests/contract/frames.ts";
import {
  createFuzzBench,
  type FuzzBench,
  FAULT_SEEDS,
  FUZZ_LIMITS,
  ringFeaturesOf,
} from "../../tests/machine/fuzz-bench.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { NET_FEATURE, NetModel } from "../../tests/machine/virtio/net-model.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { DeviceError } from "../virtio/mod.ts";
import { createVirtioNet, severalPairs, type VirtioNet } from "./mod.ts";

const LIMITS = {
  receiveBuffers: 16,
  bufferBytes: 2048,
  transmitFrames: 8,
  maxMtuBytes: 1500,
};
const ROUNDS = 12;

/** @returns Undefined for a device that spoils the driver's start: it switches several queues on. */
function start({ transport, emulated }: FuzzBench): VirtioNet | undefined {
  try {
    const multiqueue = severalPairs({ queuePairs: 2 });
    return createVirtioNet(transport, needsOf(emulated), "eth0", LIMITS, FUZZ_LIMITS, multiqueue);
  } catch (error) {
    if (error instanceof DeviceError) return undefined;
    throw error;
  }
}

/** Frames to and from a hostile device, whose headers are noise as well. */
function run(bytes: Uint8Array): void {
  const { MAC, STATUS, MRG_RXBUF, CSUM, GUEST_CSUM, CTRL_VQ, MQ } = NET_FEATURE;
  const features: number[] = [MAC, STATUS, CSUM, GUEST_CSUM];
  if (bytes.length % 2 === 0) features.push(MRG_RXBUF);
  const pairs = 1 + (bytes.length % 3);
  if (pairs > 1) features.push(CTRL_VQ, MQ);
  const ringFeatures = ringFeaturesOf(bytes);
  const model = new NetModel({ features, ringFeatures, queueSize: 32, pairs });
  const bench = createFuzzBench(model, bytes);
  const net = start(bench);
  if (net === undefined) return bench.check();
  model.spoilHeader = (header) => {
    if ((bytes.at(-1) ?? 0) >= 200) header.set(bytes.subarray(0, 12));
  };
  const { memory } = bench.emulated;
  net.onReady(() => {
    net.receive((offset, length) => {
      if (offset % 4 !== 2 || length < 14 || length > 1514) throw new Error(`${offset} ${length}`);
      if (offset + length > memory.bytes.length) throw new Error("outside of packet memory");
    }, 8);
  });
  const frame = createFrame();
  setParts(frame, memory.regionOffset, 100, [20]);
  let last = 0;
  for (let round = 0; round < ROUNDS; round++) {
    net.transmit(frame);
    net.flush();
    model.deliver({
      bytes: new Uint8Array(14 + ((bytes[round] ?? 1) % 60)),
      checksumStart: -1,
      checksumOffset: 0,
      segmentBytes: 0,
      headerBytes: 0,
    });
    bench.run(50);
    const finished = net.transmitted();
    if (finished < last || finished > round + 1) throw new Error(`${last}, then ${finished}`);
    last = finished;
  }
  net.close();
  bench.check();
}

export const fuzz: FuzzTarget[] = [
  { name: "virtio-net on a hostile device", seeds: FAULT_SEEDS, run },
];
