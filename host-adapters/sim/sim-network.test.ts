import t from "tap";
import { MAX_FRAME_PARTS, type TransmitFrame } from "../../libos/hal/mod.ts";
import { createSimulation, type SimHal, type Simulation, type SimNetworkOptions } from "./mod.ts";

interface Station {
  readonly hal: SimHal;
  readonly got: { atUs: number; bytes: Uint8Array }[];
  send(to: Station | "all", id: number, length?: number): boolean;
}

function frameOf(offset: number, length: number): TransmitFrame {
  const frame = {
    partCount: 1,
    partOffset: new Int32Array(MAX_FRAME_PARTS),
    partLength: new Int32Array(MAX_FRAME_PARTS),
    checksumStart: -1,
    checksumOffset: 0,
    segmentBytes: 0,
    headerBytes: 0,
  };
  frame.partOffset[0] = offset;
  frame.partLength[0] = length;
  return frame;
}

function makeStations(
  options: SimNetworkOptions & { rate?: number },
  names: readonly string[] = ["a", "b"],
  seed = 1,
): { world: Simulation; network: ReturnType<Simulation["createNetwork"]>; stations: Station[] } {
  const world = createSimulation({ seed, trace: true });
  const network = world.createNetwork(options);
  const rate = options.rate === undefined ? {} : { rateBitsPerSecond: options.rate };
  const stations = names.map((name): Station => {
    const hal = world.createHal({ name, memoryBytes: 4 * 2 ** 20, net: [{ network, ...rate }] });
    const device = hal.net[0]!;
    const got: Station["got"] = [];
    device.onReady(() =>
      device.receive((offset, length) => {
        got.push({ atUs: world.nowUs, bytes: hal.memory.bytes.slice(offset, offset + length) });
      }, 1000),
    );
    let next = 0;
    return {
      hal,
      got,
      send(to, id, length = 64) {
        const offset = 2048 * (next++ % 1024);
        const { bytes } = hal.memory;
        bytes.fill(id, offset, offset + length);
        bytes.fill(0xff, offset, offset + 6);
        if (to !== "all") bytes.set(to.hal.net[0]!.info.hardwareAddress, offset);
        bytes.set(device.info.hardwareAddress, offset + 6);
        bytes.set([8, 0], offset + 12);
        const isTaken = device.transmit(frameOf(offset, length));
        device.flush();
        return isTaken;
      },
    };
  });
  return { world, network, stations };
}

const isNear = (value: number, wanted: number): boolean => Math.abs(value / wanted - 1) < 0.2;
const isSorted = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || values[index - 1]! <= value);
const ids = (station: Station): number[] => station.got.map(({ bytes }) => bytes[20]!);

t.test("a frame arrives after the delay, at its station only once it is known", async (t) => {
  const { world, stations } = makeStations({ delayUs: 250 }, ["a", "b", "c"]);
  const [a, b, c] = stations as [Station, Station, Station];
  a.send(b, 1);
  world.runSync();
  t.strictSame([ids(b), ids(c)], [[1], [1]], "an unknown address goes everywhere");
  t.equal(b.got[0]!.atUs, 250);
  b.send(a, 2);
  a.send(b, 3);
  a.send("all", 4);
  world.runSync();
  t.strictSame([ids(a), ids(b), ids(c)], [[2], [1, 3, 4], [1, 4]]);
  a.send(b, 5);
  world.runSync();
  t.strictSame(ids(c), [1, 4]);
});

t.test("nothing is sent before flush, and the frame is read only when it is sent", async (t) => {
  const { world, stations } = makeStations({});
  const [a, b] = stations as [Station, Station];
  const device = a.hal.net[0]!;
  a.hal.memory.bytes.fill(1, 0, 64);
  device.transmit(frameOf(0, 64));
  world.runSync();
  t.equal(device.transmitted(), 0);
  t.equal(b.got.length, 0);
  device.flush();
  a.hal.memory.bytes[20] = 9;
  world.runSync();
  t.equal(device.transmitted(), 1);
  t.strictSame(ids(b), [9]);
});

t.test("faults happen at about their rates, and the counters tell them", async (t) => {
  const { world, network, stations } = makeStations({
    lossRate: 0.1,
    duplicateRate: 0.2,
    corruptRate: 0.05,
    reorderRate: 0.1,
  });
  const [a, b] = stations as [Station, Station];
  for (let index = 0; index < 4000; index++) {
    a.send(b, index & 0xff, 200);
    if (index % 20 === 0) world.runSync({ untilUs: world.nowUs + 100 });
  }
  world.runSync();
  const { counters } = network;
  t.ok(isNear(counters.lost, 400), `lost ${counters.lost}`);
  t.ok(isNear(counters.duplicated, 0.9 * 800), `duplicated ${counters.duplicated}`);
  t.ok(isNear(counters.corrupted, 0.9 * 200), `corrupted ${counters.corrupted}`);
  t.ok(isNear(counters.reordered, 0.9 * 400), `reordered ${counters.reordered}`);
  t.equal(counters.delivered, 4000 - counters.lost + counters.duplicated);
  t.equal(b.got.length, counters.delivered);
});

t.test("a flipped bit leaves the Ethernet header alone", async (t) => {
  const { world, stations } = makeStations({ corruptRate: 1 });
  const [a, b] = stations as [Station, Station];
  for (let index = 0; index < 200; index++) a.send(b, 0, 60);
  world.runSync();
  for (const { bytes } of b.got) {
    const bits = bytes.subarray(14).reduce((sum, byte) => sum + (byte === 0 ? 0 : 1), 0);
    t.equal(bits, 1);
    t.strictSame([...bytes.subarray(12, 14)], [8, 0]);
  }
});

t.test("jitter keeps the order of a path, reordering breaks it", async (t) => {
  for (const [options, sorted] of [
    [{ jitterUs: 5000 }, true],
    [{ reorderRate: 0.3 }, false],
  ] as const) {
    const { world, stations } = makeStations(options);
    const [a, b] = stations as [Station, Station];
    for (let index = 0; index < 100; index++) {
      a.send(b, index);
      world.runSync({ untilUs: world.nowUs + 50 });
    }
    world.runSync();
    t.equal(b.got.length, 100);
    t.equal(isSorted(ids(b)), sorted);
  }
});

t.test("a link's rate spaces frames, and its queue drops what does not fit", async (t) => {
  const { world, network, stations } = makeStations({
    delayUs: 0,
    rateBitsPerSecond: 8_000_000,
    queueBytes: 10_000,
  });
  const [a, b] = stations as [Station, Station];
  for (let index = 0; index < 20; index++) a.send(b, index, 1000);
  world.runSync();
  t.equal(b.got.length, 10);
  t.equal(network.counters.queueDrops, 10);
  t.strictSame(
    b.got.map(({ atUs }) => atUs),
    Array.from({ length: 10 }, (_, index) => 1000 * (index + 1)),
  );
});

t.test(
  "a device with a rate refuses frames when its queue is full, and says when not",
  async (t) => {
    const { world, stations } = makeStations({ rate: 8_000_000 });
    const [a, b] = stations as [Station, Station];
    let taken = 0;
    while (a.send(b, 0, 1000)) taken++;
    t.equal(taken, 256);
    let readyUs = -1;
    a.hal.net[0]!.onReady(() => (readyUs = world.nowUs));
    world.runSync({ until: () => readyUs >= 0 });
    t.equal(readyUs, 1000);
    t.equal(a.hal.net[0]!.transmitted(), 1);
  },
);

t.test("a partition holds frames back until it is healed", async (t) => {
  const { world, network, stations } = makeStations({}, ["a", "b", "c", "d"]);
  const [a, b, c, d] = stations as [Station, Station, Station, Station];
  network.partition([["a", "b"], ["c"]]);
  for (const station of stations) station.send("all", 1);
  world.runSync();
  t.strictSame(
    stations.map((station) => station.got.length),
    [1, 1, 0, 0],
  );
  network.partition([["c"]]);
  d.send("all", 2);
  world.runSync();
  t.strictSame(
    [a, b, c].map((station) => station.got.length),
    [2, 2, 0],
  );
  network.heal();
  a.send("all", 3);
  world.runSync();
  t.strictSame(ids(c), [3]);
});

function exchange(names: readonly string[]): number[] {
  const { world, stations } = makeStations({ lossRate: 0.3, jitterUs: 77 }, names);
  const [a, b, ...others] = stations as [Station, Station, ...Station[]];
  b.send(a, 0);
  for (const other of others) other.send(a, 250);
  world.runSync();
  for (let index = 0; index < 100; index++) {
    a.send(b, index);
    for (const other of others) a.send(other, index);
  }
  world.runSync();
  return ids(b).filter((id) => id !== 250);
}

t.test("another system does not shift what happens between two", async (t) => {
  t.strictSame(exchange(["a", "b", "c"]), exchange(["a", "b"]));
});

t.test("a full receive ring drops and counts", async (t) => {
  const world = createSimulation({ seed: 1 });
  const network = world.createNetwork();
  const a = world.createHal({ name: "a", net: [network] });
  const b = world.createHal({ name: "b", net: [{ network, receiveRingBytes: 4096 }] });
  a.memory.bytes.fill(0xff, 0, 6);
  for (let index = 0; index < 5; index++) a.net[0]!.transmit(frameOf(0, 1400));
  a.net[0]!.flush();
  world.runSync();
  t.equal(b.ports[0]!.counters.overruns, 3);
  t.equal(
    b.net[0]!.receive(() => {}, 10),
    2,
  );
});
