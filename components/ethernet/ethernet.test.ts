import t from "tap";
import { SEND, appendPart } from "../ip/mod.ts";
import { createTestWorld } from "../testing/world.ts";
import { createWireTap } from "../testing/wire-tap.ts";
import { createRawPeer } from "../testing/raw-peer.ts";
import { ethernetFrame } from "../testing/packets.ts";
import { ETHERNET_LIMITS, createEthernet, macHigh, macLow, parseMac } from "./mod.ts";

const OURS = "02:00:00:00:00:01";
const PEER = "02:00:00:00:00:02";
const PEER_NUMBER = parseMac(PEER)!;
const TYPE = 0x88b5;

interface Received {
  readonly payload: number[];
  readonly isBroadcast: boolean;
  readonly alignment: number;
}

function setUp(more: { promiscuous?: boolean; queue?: number; stageBytes?: number } = {}) {
  const world = createTestWorld();
  const cable = world.cable();
  const host = world.host("ours");
  const { bytes } = host.hal.memory;
  const tap = createWireTap(cable.a, host.hal.memory, more.queue);
  const { kernel } = host;
  const ethernet = createEthernet(
    { device: tap, kernel, promiscuous: more.promiscuous ?? false },
    { ...ETHERNET_LIMITS, stageBytes: more.stageBytes ?? ETHERNET_LIMITS.stageBytes },
  );
  kernel.onFlush(() => ethernet.flush());
  const region = world.slab.region(2 ** 17);
  const peer = createRawPeer(cable.b, region, region.regionOffset);
  const received: Received[] = [];
  let writable = 0;
  ethernet.register(TYPE, {
    input: (offset, length, _offload, isBroadcast) => {
      const payload = [...bytes.slice(offset, offset + length)];
      received.push({ payload, isBroadcast, alignment: offset % 4 });
    },
    writable: () => writable++,
  });
  const send = (payload: readonly number[]) => {
    const frame = ethernet.begin(4, 20);
    bytes.set(payload, frame.partOffset[0]!);
    return ethernet.send(frame, macHigh(PEER_NUMBER), macLow(PEER_NUMBER), TYPE);
  };
  return {
    world,
    kernel,
    tap,
    ethernet,
    peer,
    received,
    send,
    bytes,
    writableCount: () => writable,
  };
}

t.test("a frame to us is handed over without its header, aligned to 4", async (t) => {
  const { peer, received, world } = setUp();
  peer.send(ethernetFrame(OURS, PEER, TYPE, [1, 2, 3]));
  world.run();
  t.same(received, [{ payload: [1, 2, 3], isBroadcast: false, alignment: 0 }]);
});

t.test("broadcasts and groups are handed over and marked", async (t) => {
  const { peer, received, world } = setUp();
  peer.send(ethernetFrame("ff:ff:ff:ff:ff:ff", PEER, TYPE, [1]));
  peer.send(ethernetFrame("01:00:5e:00:00:01", PEER, TYPE, [2]));
  world.run();
  t.same(
    received.map((one) => one.isBroadcast),
    [true, true],
  );
});

t.test("what is for others, of unknown types or too short is counted", async (t) => {
  const { ethernet, peer, received, world } = setUp();
  peer.send(ethernetFrame("02:00:00:00:00:03", PEER, TYPE, [1]));
  peer.send(ethernetFrame(OURS, PEER, 0x1234, [1]));
  world.run();
  t.same(received, []);
  t.match(ethernet.counters, { framesReceived: 2, foreignFrames: 1, unknownTypes: 1 });
});

t.test("a promiscuous Ethernet takes frames to others", async (t) => {
  const { peer, received, world } = setUp({ promiscuous: true });
  peer.send(ethernetFrame("02:00:00:00:00:03", PEER, TYPE, [1]));
  world.run();
  t.equal(received.length, 1);
});

t.test("a frame goes out with its header, and all parts in order", async (t) => {
  const { bytes, ethernet, peer, world } = setUp();
  const staged = ethernet.stage(3);
  bytes.set([7, 8, 9], staged);
  const frame = ethernet.begin(4, 20);
  bytes.set([1, 2, 3, 4], frame.partOffset[0]!);
  appendPart(frame, staged, 3);
  t.equal(ethernet.send(frame, macHigh(PEER_NUMBER), macLow(PEER_NUMBER), TYPE), SEND.OK);
  world.run();
  t.same(peer.receive(), [ethernetFrame(PEER, OURS, TYPE, [1, 2, 3, 4, 7, 8, 9])]);
  t.match(ethernet.counters, { framesSent: 1, bytesSent: 21 });
});

t.test("the doorbell rings once for all frames of a turn", async (t) => {
  const { send, tap, world } = setUp();
  let rings = 0;
  const flush = tap.flush.bind(tap);
  tap.flush = () => {
    rings++;
    flush();
  };
  send([1, 1, 1, 1]);
  send([2, 2, 2, 2]);
  world.run();
  t.equal(rings, 1);
});

t.test("a full device answers FULL, and writable follows once there is room", async (t) => {
  const { send, tap, world, writableCount } = setUp();
  tap.isFull = true;
  t.equal(send([1, 1, 1, 1]), SEND.FULL);
  world.runFor(10_000);
  tap.isFull = false;
  const before = writableCount();
  send([1, 1, 1, 1]);
  t.ok(before > 0, "it was told to try again");
});

t.test("a header is not overwritten while the device may read it", async (t) => {
  const { bytes, send, tap } = setUp({ queue: 4 });
  const seen: { offset: number; copy: Uint8Array }[] = [];
  const transmit = tap.transmit.bind(tap);
  tap.transmit = (frame) => {
    const offset = frame.partOffset[0]!;
    seen.push({ offset, copy: bytes.slice(offset, offset + frame.partLength[0]!) });
    return transmit(frame);
  };
  // The device holds four frames while a fifth is being built.
  for (let index = 0; index < 100; index++) {
    send([index, 0, 0, 0]);
    for (const { offset, copy } of seen.slice(-5)) {
      t.same(bytes.slice(offset, offset + copy.length), copy, `frame ${index}`);
    }
  }
});

t.test("a staged payload stays until the device has transmitted it", async (t) => {
  const { ethernet, send, tap } = setUp({ stageBytes: 2 ** 17 });
  tap.holdTransmitted = true;
  t.ok(ethernet.stage(60_000) >= 0);
  send([1, 1, 1, 1]);
  t.ok(ethernet.stage(60_000) >= 0);
  send([2, 2, 2, 2]);
  t.equal(ethernet.stage(60_000), -1, "both are still being read");
  tap.holdTransmitted = false;
  t.ok(ethernet.stage(60_000) >= 0, "the first is free again");
});

t.test("whoever found no memory for a payload is told to try again", async (t) => {
  const { ethernet, send, tap, world, writableCount } = setUp({ stageBytes: 2 ** 17 });
  tap.holdTransmitted = true;
  for (let index = 0; index < 3; index++) {
    ethernet.stage(60_000);
    send([1, 1, 1, 1]);
  }
  const before = writableCount();
  tap.holdTransmitted = false;
  world.runFor(2_000);
  t.ok(writableCount() > before);
});

t.test("a protocol that throws loses its frame and no other", async (t) => {
  const { ethernet, peer, received, world } = setUp();
  ethernet.register(0x88b6, {
    input: () => {
      throw new Error("planted");
    },
    writable: () => {},
  });
  peer.send(ethernetFrame(OURS, PEER, 0x88b6, [1]));
  peer.send(ethernetFrame(OURS, PEER, TYPE, [2]));
  t.throws(() => world.run(), /planted/);
  t.equal(received.length, 1);
  world.run();
  t.equal(received.length, 1, "and nothing comes twice");
});

t.test("after stop nothing is taken and all memory is back", async (t) => {
  const { ethernet, kernel, peer, received, send, world } = setUp();
  ethernet.stop();
  peer.send(ethernetFrame(OURS, PEER, TYPE, [1]));
  world.run();
  t.same(received, []);
  t.equal(send([1, 1, 1, 1]), SEND.FULL);
  t.equal(kernel.memory.usedBytes, 0);
});
