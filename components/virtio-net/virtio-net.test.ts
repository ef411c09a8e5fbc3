import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createFrame, setParts } from "../../tests/contract/frames.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { frameOf, startNet as setUp } from "../../tests/machine/net-bench.ts";
import { NET_FEATURE, NetModel } from "../../tests/machine/virtio/net-model.ts";
import { DeviceError, findVirtioDevices } from "../virtio/mod.ts";
import { createVirtioNet } from "./mod.ts";

const { MAC, MTU, STATUS, MRG_RXBUF, CSUM, GUEST_CSUM, HOST_TSO4, GUEST_TSO4 } = NET_FEATURE;

t.test("wide buffers hold large frames and small ones, in their order", async (t) => {
  const features = [MAC, MRG_RXBUF, GUEST_CSUM, GUEST_TSO4];
  const limits = { receiveBuffers: 16, bufferBytes: 16_384 };
  const { world, model, net, received, emulated } = setUp({ features }, limits);
  t.equal(net.info.offloads.largeReceiveBytes, 65_535);
  const lengths = [60, 65_000, 1514, 16_372, 16_373, 14, 40_000, 60, 65_000, 65_000];
  for (const length of lengths) {
    model.deliver(frameOf(length, length > 1514 ? 1448 : 0));
    world.runSync();
  }
  t.same(
    received.map(({ bytes }) => bytes),
    lengths.map((length) => frameOf(length).bytes),
  );
  t.same(emulated.violations, []);
});

t.test("what a device offers is what the stack is told", async (t) => {
  const plain = setUp({ features: [MAC, STATUS], mac: [2, 9, 9, 9, 9, 9] }).net.info;
  t.same([...plain.hardwareAddress], [2, 9, 9, 9, 9, 9]);
  t.equal(plain.mtuBytes, 1500);
  t.equal(plain.transmitQueueFrames, 256);
  t.same(plain.offloads, {
    transmitChecksum: false,
    tcp4SegmentationBytes: 0,
    receiveChecksum: false,
    largeReceiveBytes: 0,
  });
  const all = [MAC, MTU, MRG_RXBUF, CSUM, GUEST_CSUM, HOST_TSO4, GUEST_TSO4];
  const full = setUp({ features: all, mtuBytes: 4000 }).net.info;
  t.equal(full.mtuBytes, 4000);
  t.same(full.offloads, {
    transmitChecksum: true,
    tcp4SegmentationBytes: 65_535,
    receiveChecksum: true,
    largeReceiveBytes: 65_535,
  });
});

t.test("an offload without what it stands on is not taken", async (t) => {
  const { offloads } = setUp({ features: [MAC, GUEST_CSUM, HOST_TSO4, GUEST_TSO4] }).net.info;
  t.equal(offloads.tcp4SegmentationBytes, 0, "segmentation needs checksums");
  t.equal(offloads.largeReceiveBytes, 0, "large receive needs merging");
  const small = setUp(
    { features: [MAC, MRG_RXBUF, GUEST_CSUM, GUEST_TSO4] },
    { receiveBuffers: 16 },
  );
  t.equal(small.net.info.offloads.largeReceiveBytes, 0, "and room for a whole packet");
});

t.test("a device without an address gets one of its own, always the same", async (t) => {
  const [first, second] = [setUp({ features: [] }), setUp({ features: [] })];
  t.same(first.net.info.hardwareAddress, second.net.info.hardwareAddress);
  t.equal(first.net.info.hardwareAddress[0]! & 3, 2, "one station, locally administered");
});

t.test("large frames are handed over where they lie, or copied together", async (t) => {
  const features = [MAC, MRG_RXBUF, GUEST_CSUM, GUEST_TSO4];
  const { world, model, net, received, emulated } = setUp({ features });
  for (let round = 0; round < 20; round++) {
    model.deliver(frameOf(30_000, 1448));
    world.runSync();
  }
  t.equal(received.length, 20);
  for (const { bytes, checksumValid, segmentBytes } of received) {
    t.same(bytes, frameOf(30_000).bytes);
    t.ok(checksumValid);
    t.equal(segmentBytes, 1448);
  }
  // 15 of 128 buffers each: some of the frames went over the end of the area.
  t.ok(net.counters.copied > 0 && net.counters.copied <= 4, `${net.counters.copied} copied`);
  t.same(emulated.violations, []);
});

t.test("frames that cannot be are counted, and the device goes on", async (t) => {
  const { world, model, net, received } = setUp({ features: [MAC, STATUS] });
  for (const frame of [frameOf(13), frameOf(1515), frameOf(60)]) model.deliver(frame);
  model.spoilHeader = (header) => (header[1] = 4);
  world.runSync();
  t.equal(net.counters.receiveErrors, 3, "too short, too long, of a type nobody offered");
  model.spoilHeader = () => {};
  model.deliver(frameOf(60));
  world.runSync();
  t.equal(received.length, 1);
  t.equal(net.failure, undefined);
});

t.test("a device that merges what cannot be is given up", async (t) => {
  for (const count of [0, 200, 2]) {
    const { world, model, net } = setUp({ features: [MAC, MRG_RXBUF] });
    model.spoilHeader = (header) => (header[10] = count);
    model.deliver(frameOf(60));
    world.runSync();
    t.match(net.failure, /it merges \d+ buffers|it announced/, `${count} buffers`);
  }
});

t.test("frames are transmitted in parts, with what the device is asked to do", async (t) => {
  const features = [MAC, CSUM, HOST_TSO4];
  const { world, model, net, emulated } = setUp({ features });
  const { memory } = emulated;
  const base = memory.regionOffset;
  memory.bytes.set(frameOf(4000).bytes, base);
  const frame = createFrame();
  const send = (length: number, changes: object): void => {
    setParts(frame, base, length, [14, 54]);
    Object.assign(frame, { checksumStart: -1, segmentBytes: 0, headerBytes: 0 }, changes);
    t.ok(net.transmit(frame));
  };
  const asked = { checksumStart: 34, checksumOffset: 16 };
  // All headers are used again, and what they asked for does not stay.
  for (let round = 0; round < 300; round++) {
    send(200, {});
    send(200, asked);
    send(4000, { ...asked, segmentBytes: 1000, headerBytes: 54 });
    send(800, { ...asked, segmentBytes: 1000, headerBytes: 54 });
    net.flush();
    world.runSync();
    net.transmitted();
  }
  t.equal(model.sent.length, 1200);
  for (const [index, { bytes, checksumStart, segmentBytes }] of model.sent.entries()) {
    const length = [200, 200, 4000, 800][index % 4]!;
    const wanted = [length, index % 4 === 0 ? -1 : 34, index % 4 === 2 ? 1000 : 0];
    const found = [bytes.length, checksumStart, segmentBytes];
    if (found.join() !== wanted.join()) t.same(found, wanted, `frame ${index}`);
    if (index < 4) t.same(bytes, frameOf(4000).bytes.subarray(0, length));
  }
  t.equal(net.transmitted(), 1200);
  t.same(emulated.violations, []);
});

t.test("a part that no device can reach is the caller's bug, and costs nothing", async (t) => {
  const { net, emulated } = setUp();
  const frame = createFrame();
  // Memory for DMA that nobody has taken.
  setParts(frame, emulated.memory.regionOffset - 4096, 64);
  for (let count = 0; count < 300; count++) t.throws(() => net.transmit(frame), RangeError);
  setParts(frame, emulated.memory.regionOffset, 64);
  t.ok(net.transmit(frame));
});

t.test(
  "idle, nothing interrupts; a busy receiver is interrupted once for many frames",
  async (t) => {
    const { world, model, net, emulated, received } = setUp();
    const frame = createFrame();
    setParts(frame, emulated.memory.regionOffset, 64);
    for (let count = 0; count < 100; count++) {
      net.transmit(frame);
      net.flush();
      world.runSync();
    }
    t.equal(emulated.interrupts.messages, 0, "transmitting alone wakes nobody");
    t.equal(net.transmitted(), 100);
    for (let count = 0; count < 50; count++) model.deliver(frameOf(60));
    world.runSync();
    t.equal(received.length, 50);
    t.ok(emulated.interrupts.messages <= 5, `${emulated.interrupts.messages} interrupts`);
  },
);

t.test("devices and limits that cannot be are refused, and no memory is lost", async (t) => {
  t.throws(() => setUp({}, { receiveBuffers: 100 }), RangeError);
  t.throws(() => setUp({}, { bufferBytes: 1024 }), RangeError);
  t.throws(() => setUp({}, { bufferBytes: 5000 }), RangeError);
  t.throws(() => setUp({ features: [MTU], mtuBytes: 60 }), DeviceError);
  const emulated = createEmulatedMachine({
    world: createSimulation({ seed: 1 }),
    dmaBytes: 2 ** 16,
  });
  emulated.attach(new NetModel(), { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  t.throws(() => createVirtioNet(transport!, needsOf(emulated), "eth0"), /no memory/);
  t.equal(emulated.dma.usedBytes, 0);
  t.same(emulated.violations, []);
});
