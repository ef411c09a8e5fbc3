import { createFrame, setParts } from "../../tests/contract/frames.ts";
import {
  createFuzzBench,
  FAULT_SEEDS,
  FUZZ_LIMITS,
  ringFeaturesOf,
} from "../../tests/machine/fuzz-bench.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { NET_FEATURE, NetModel } from "../../tests/machine/virtio/net-model.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { createVirtioNet } from "./mod.ts";

const LIMITS = {
  receiveBuffers: 16,
  bufferBytes: 2048,
  transmitFrames: 8,
  maxMtuBytes: 1500,
  queuePairs: 1,
};
const ROUNDS = 12;

/** Frames to and from a hostile device, whose headers are noise as well. */
function run(bytes: Uint8Array): void {
  const { MAC, STATUS, MRG_RXBUF, CSUM, GUEST_CSUM } = NET_FEATURE;
  const features: number[] = [MAC, STATUS, CSUM, GUEST_CSUM];
  if (bytes.length % 2 === 0) features.push(MRG_RXBUF);
  const model = new NetModel({ features, ringFeatures: ringFeaturesOf(bytes), queueSize: 32 });
  const bench = createFuzzBench(model, bytes);
  const net = createVirtioNet(
    bench.transport,
    needsOf(bench.emulated),
    "eth0",
    LIMITS,
    FUZZ_LIMITS,
  );
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
