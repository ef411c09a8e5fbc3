import t from "tap";
import { createFrame, setParts } from "../../tests/contract/frames.ts";
import type { EmulatedMachine } from "../../tests/machine/machine.ts";
import { frameOf, type NetBench, startNet } from "../../tests/machine/net-bench.ts";
import { NET_FEATURE } from "../../tests/machine/virtio/net-model.ts";
import { DeviceError } from "../virtio/mod.ts";
import { flowHash } from "./flow.ts";

const { MAC, STATUS, MRG_RXBUF, CTRL_VQ, MQ } = NET_FEATURE;
const features = [MAC, STATUS, MRG_RXBUF, CTRL_VQ, MQ];
const TWO = { queuePairs: 2 };

/** A UDP datagram of a flow, numbered in its last 4 bytes. */
function datagram(port: number, number: number): Uint8Array {
  const bytes = new Uint8Array(60);
  const view = new DataView(bytes.buffer);
  bytes.set([8, 0, 0x45], 12);
  bytes[23] = 17;
  bytes.set([192, 0, 2, 1, 192, 0, 2, 2], 26);
  view.setUint16(34, port);
  view.setUint16(36, 53);
  view.setUint32(56, number);
  return bytes;
}

/** Sends datagrams, each from memory of its own. @returns How many were taken. */
function sendAll({ net, emulated, model }: NetBench, ports: readonly number[]): number {
  const { memory } = emulated;
  const frame = createFrame();
  for (const [index, port] of ports.entries()) {
    const offset = memory.regionOffset + 64 * ((model.sent.length + index) % 4096);
    memory.bytes.set(datagram(port, index), offset);
    setParts(frame, offset, 60, [42]);
    if (!net.transmit(frame)) return index;
  }
  net.flush();
  return ports.length;
}

/** What was sent: by queue and port, the numbers in their order. */
function flowsOf({ model }: NetBench): Map<string, number[]> {
  const flows = new Map<string, number[]>();
  for (const [index, { bytes }] of model.sent.entries()) {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const key = `${model.sentBy[index]}: ${view.getUint16(34)}`;
    flows.set(key, [...(flows.get(key) ?? []), view.getUint32(56)]);
  }
  return flows;
}

const PORTS = Array.from({ length: 40 }, (_, index) => 1000 + index);

/** A port whose flow goes by a pair of two. */
function portOf(pair: number): number {
  return PORTS.find((port) => flowHash(datagram(port, 0), 0, 60) % 2 === pair)!;
}

/** Frame after frame to another pair. */
function inTurn(): (frame: unknown) => number {
  let turn = 0;
  return () => turn++;
}

for (const [name, attachment] of Object.entries({
  "by vectors of their own": { vectors: 8 },
  "by one vector": { vectors: 2 },
  "by a line": { hasMsix: false },
  "in memory-mapped registers": { bus: "mmio" as const },
})) {
  t.test(`several queues are received from, ${name}`, async (t) => {
    const bench = startNet({ features, pairs: 4 }, {}, { attachment, queuePairs: 3 });
    const { world, model, net, received, emulated } = bench;
    t.equal(model.activePairs, 3);
    model.steer = inTurn();
    for (let round = 0; round < 10; round++) {
      for (let index = 0; index < 40; index++) model.deliver(frameOf(60 + index));
      world.runSync();
    }
    t.same(
      received.map(({ bytes }) => bytes.length).toSorted(),
      Array.from({ length: 400 }, (_, index) => 60 + Math.floor(index / 10)),
    );
    net.close();
    t.equal(emulated.dma.usedBytes, 0);
    t.same(emulated.violations, []);
  });
}

t.test("frames beyond the budget are received by the next call, from every queue", async (t) => {
  const { world, model, net, emulated } = startNet({ features, pairs: 3 }, {}, { queuePairs: 3 });
  net.onReady(() => {});
  model.steer = inTurn();
  for (let index = 0; index < 30; index++) model.deliver(frameOf(60));
  world.runSync();
  const counts = [10, 7, 7, 7, 7].map((budget) => net.receive(() => {}, budget));
  t.equal(counts[0], 10);
  t.equal(
    counts.reduce((sum, count) => sum + count, 0),
    30,
  );
  t.equal(counts.at(-1), 0);
  // A queue that ended just with the budget has not asked for an interrupt: the next call does.
  let calls = 0;
  net.onReady(() => calls++);
  for (let index = 0; index < 3; index++) model.deliver(frameOf(60));
  world.runSync();
  t.ok(calls > 0);
  t.equal(
    net.receive(() => {}, 100),
    3,
  );
  t.same(emulated.violations, []);
});

t.test("one queue pair is what a single processor takes", async (t) => {
  t.equal(startNet({ features, pairs: 4 }).model.activePairs, 1);
  t.equal(startNet({ features, pairs: 4 }, {}, { queuePairs: 1 }).model.activePairs, 1);
});

t.test("the frames of a flow go by one queue, in their order; flows by all", async (t) => {
  const bench = startNet({ features, pairs: 3 }, {}, { queuePairs: 3 });
  bench.model.shuffles = false;
  const order = PORTS.map((_, index) => PORTS[(index * 7) % 10]!);
  for (let round = 0; round < 30; round++) {
    t.equal(sendAll(bench, order), order.length);
    bench.world.runSync();
  }
  t.equal(bench.net.transmitted(), 30 * order.length);
  const flows = [...flowsOf(bench)];
  t.equal(flows.length, 10, "no flow has two queues");
  t.same([...new Set(bench.model.sentBy)].toSorted(), [1, 3, 5], "no queue is without a flow");
  for (const [, numbers] of flows) {
    const perRound = numbers.slice(0, numbers.length / 30);
    t.same(numbers, Array.from({ length: 30 }, () => perRound).flat());
    t.same(
      perRound,
      perRound.toSorted((a, b) => a - b),
    );
  }
  t.same(bench.emulated.violations, []);
});

t.test("what a device has transmitted counts in order, over all of its queues", async (t) => {
  const bench = startNet({ features, pairs: 2 }, { transmitFrames: 8 }, TWO);
  const { world, model, net, emulated } = bench;
  const [slow, quick] = [portOf(0), portOf(1)];
  t.equal(net.info.transmitQueueFrames, 16);
  model.heldQueues.add(1);
  t.equal(sendAll(bench, [quick, slow, quick, quick]), 4);
  world.runSync();
  t.equal(model.sent.length, 3);
  t.equal(net.transmitted(), 1, "the second frame lies in a queue that rests");
  let rooms = 0;
  net.onReady(() => rooms++);
  let taken = 4;
  for (let round = 0; round < 30; round++) {
    taken += sendAll(bench, [quick]);
    world.runSync();
  }
  t.equal(taken, 1 + 16, "the quick queue has room, but no more may be under way");
  t.equal(rooms, 0);
  t.equal(net.transmitted(), 1);
  model.heldQueues.delete(1);
  model.kick(1);
  world.runSync();
  t.equal(rooms, 1, "room is announced when the oldest frame is finished");
  t.equal(net.transmitted(), 17);
  t.equal(sendAll(bench, [quick, slow]), 2);
  world.runSync();
  t.equal(net.transmitted(), 19);
  t.same(emulated.violations, []);
});

t.test("a sender waits for room in the queue of its flow", async (t) => {
  const bench = startNet({ features, pairs: 2 }, { transmitFrames: 8 }, TWO);
  const { world, model, net } = bench;
  const [slow, quick] = [portOf(0), portOf(1)];
  model.heldQueues.add(1);
  let rooms = 0;
  net.onReady(() => rooms++);
  t.equal(
    sendAll(
      bench,
      Array.from({ length: 9 }, () => slow),
    ),
    8,
  );
  t.equal(sendAll(bench, [quick]), 1, "the other flow goes on");
  world.runSync();
  t.equal(rooms, 0);
  model.heldQueues.delete(1);
  model.kick(1);
  world.runSync();
  t.equal(rooms, 1);
  t.equal(net.transmitted(), 9);
});

t.test("a device that refuses several pairs is used with one", async (t) => {
  for (const answer of [1, 0xff, 7]) {
    const change: NonNullable<Parameters<typeof startNet>[2]>["change"] = (model) => {
      model.controlAnswer = answer;
    };
    const bench = startNet({ features, pairs: 2 }, {}, { ...TWO, change });
    t.match(bench.reports.join("\n"), "refuses 2 queue pairs; one is used");
    t.equal(sendAll(bench, PORTS), PORTS.length);
    bench.model.deliver(frameOf(60));
    bench.world.runSync();
    t.same([...new Set(bench.model.sentBy)], [1]);
    t.equal(bench.received.length, 1);
    t.equal(bench.net.failure, undefined);
    t.same(bench.emulated.violations, []);
  }
});

t.test("a control queue that never answers ends the driver's start", async (t) => {
  const machines: EmulatedMachine[] = [];
  const start = (): NetBench =>
    startNet(
      { features, pairs: 2 },
      {},
      {
        ...TWO,
        change(model, emulated) {
          model.controlAnswer = "never";
          machines.push(emulated);
        },
      },
    );
  t.throws(start, /it does not answer/);
  t.throws(start, DeviceError);
  for (const { dma, violations } of machines) {
    t.equal(dma.usedBytes, 0);
    t.same(violations, []);
  }
});

t.test("numbers of pairs that cannot be mean one", async (t) => {
  for (const pairs of [0, 1, 3, 0x8000, 0x8001, 0xffff]) {
    const bench = startNet(
      { features, pairs: 2 },
      {},
      { queuePairs: 4, change: ({ config }) => config.set([pairs & 255, pairs >> 8], 8) },
    );
    t.equal(bench.model.activePairs, 1, `${pairs} pairs`);
    t.equal(sendAll(bench, PORTS), PORTS.length);
    bench.model.deliver(frameOf(60));
    bench.world.runSync();
    t.equal(bench.model.sent.length, PORTS.length);
    t.equal(bench.received.length, 1);
    t.equal(bench.reports.length, pairs > 1 ? 1 : 0);
    t.same(bench.emulated.violations, []);
  }
  for (const queuePairs of [0, 1.5, 257, NaN]) {
    t.throws(() => startNet({ features, pairs: 2 }, {}, { queuePairs }), RangeError);
  }
});

t.test("a flow is known by addresses, and by ports where every packet has them", async (t) => {
  const hash = (change: (bytes: Uint8Array) => void): number => {
    const bytes = datagram(1000, 0);
    change(bytes);
    return flowHash(bytes, 0, bytes.length);
  };
  const plain = hash(() => {});
  for (const [what, at] of Object.entries({ address: 33, "source port": 35, destination: 37 })) {
    t.not(
      hash((bytes) => (bytes[at] = 1)),
      plain,
      what,
    );
  }
  t.equal(
    hash((bytes) => (bytes[56] = 1)),
    plain,
    "contents",
  );
  const first = hash((bytes) => (bytes[20] = 0x20));
  const second = hash((bytes) => bytes.set([0x00, 0x01], 20));
  const icmp = hash((bytes) => (bytes[23] = 1));
  t.equal(first, second, "fragments");
  t.equal(first, icmp, "no ports");
  const withOptions = hash((bytes) => {
    bytes[14] = 0x46;
    bytes.copyWithin(38, 34, 38);
  });
  t.equal(withOptions, plain, "behind options");
  const other = hash((bytes) => (bytes[12] = 0x86));
  t.equal(other, 0, "no IPv4");
  t.equal(flowHash(datagram(1, 1), 0, 33), 0, "too short");
  t.not(flowHash(datagram(1, 1), 0, 37), flowHash(datagram(1, 1), 0, 38), "ports cut off");
});
