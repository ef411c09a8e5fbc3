import t from "tap";
import {
  OUR_ADDRESS,
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
} from "../testing/hostile-wire.ts";
import { ethernetFrame, ipv4Packet, udpDatagram } from "../testing/packets.ts";
import { IPV4_LIMITS } from "./mod.ts";

const MORE = 0x2000;
const PAYLOAD = Uint8Array.from({ length: 3000 }, (_, index) => index * 7);
const DATAGRAM = udpDatagram(PEER_ADDRESS, OUR_ADDRESS, 9, 7, PAYLOAD);

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly id?: number;
  readonly more?: boolean;
}

function setUp() {
  const { peer, stack, world } = createHostileWire();
  stack.arp.addStatic(PEER_ADDRESS, 0x0200_0000_0002);
  const { bytes } = stack.kernel.memory.packet;
  const delivered: Uint8Array[] = [];
  stack.udp.bind({
    address: 0,
    port: 7,
    handler: {
      onDatagram: (_socket, offset, length) => delivered.push(bytes.slice(offset, offset + length)),
    },
  });
  const memoryBefore = stack.kernel.memory.usedBytes;
  const feed = (...pieces: Piece[]) => {
    for (const { from, to, id = 1, more = to < DATAGRAM.length } of pieces) {
      const fields = { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 17 };
      const fragment = (more ? MORE : 0) | (from / 8);
      const packet = ipv4Packet(
        { ...fields, identification: id, fragment },
        DATAGRAM.subarray(from, to),
      );
      peer.send(ethernetFrame(OUR_MAC, PEER_MAC, 0x0800, packet));
      world.runFor(0);
    }
  };
  const used = () => stack.kernel.memory.usedBytes - memoryBefore;
  return { peer, stack, world, delivered, feed, used, counters: stack.ip.counters };
}

const END = DATAGRAM.length;
const FIRST = { from: 0, to: 1000 };
const SECOND = { from: 1000, to: 2000 };
const THIRD = { from: 2000, to: END };

t.test("fragments are joined in any order, and all memory comes back", async (t) => {
  const orders = [
    [FIRST, SECOND, THIRD],
    [THIRD, SECOND, FIRST],
    [SECOND, THIRD, FIRST],
    [THIRD, FIRST, SECOND],
  ];
  for (const order of orders) {
    const { delivered, feed, used } = setUp();
    feed(...order);
    t.same(delivered, [PAYLOAD]);
    t.equal(used(), 0);
  }
});

t.test("packets with different numbers are kept apart", async (t) => {
  const { delivered, feed } = setUp();
  feed(FIRST, { ...FIRST, id: 2 }, { ...SECOND, id: 2 }, SECOND, THIRD, { ...THIRD, id: 2 });
  t.same(delivered, [PAYLOAD, PAYLOAD]);
});

t.test("an exact repetition is ignored", async (t) => {
  const { counters, delivered, feed } = setUp();
  feed(FIRST, FIRST, SECOND, SECOND, THIRD);
  t.same(delivered, [PAYLOAD]);
  t.equal(counters.reassemblyFailures, 0);
});

t.test("overlapping fragments drop the packet (RFC 5722)", async (t) => {
  const overlaps: Piece[][] = [
    [FIRST, { from: 992, to: 2000 }],
    [SECOND, { from: 0, to: 1008 }],
    [SECOND, { from: 1008, to: 1016 }],
    [{ from: 1008, to: 1016 }, SECOND],
    [THIRD, { from: 2992, to: 3008, more: true }],
    [FIRST, SECOND, { from: 992, to: 1000, more: false }],
    [THIRD, { from: 1000, to: 2000, more: false }],
  ];
  for (const pieces of overlaps) {
    const { counters, delivered, feed, used } = setUp();
    feed(...pieces);
    t.equal(counters.overlappingFragments, 1, JSON.stringify(pieces));
    t.equal(used(), 0);
    t.same(delivered, []);
  }
});

t.test(
  "lengths that are no multiple of 8, empty pieces and 64 KiB overruns are dropped",
  async (t) => {
    const { counters, feed, used } = setUp();
    feed({ from: 0, to: 1001, more: true });
    feed({ from: 0, to: 0, more: true });
    t.equal(counters.badHeaders, 2);
    t.equal(used(), 0);
  },
);

t.test("a piece that would end behind 65,535 bytes is dropped", async (t) => {
  const { peer, stack, world } = createHostileWire();
  const fields = { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 17 };
  const packet = ipv4Packet({ ...fields, fragment: 0x1fff }, new Uint8Array(100));
  peer.send(ethernetFrame(OUR_MAC, PEER_MAC, 0x0800, packet));
  world.runFor(0);
  t.equal(stack.ip.counters.badHeaders, 1);
});

t.test("what is not whole in time is dropped, and its sender told (RFC 792)", async (t) => {
  const { counters, feed, peer, used, world } = setUp();
  feed(FIRST);
  feed({ ...SECOND, id: 2 });
  world.runFor(IPV4_LIMITS.reassemblyUs);
  t.equal(counters.reassemblyFailures, 2);
  t.equal(used(), 0);
  const frames = peer.receive();
  t.equal(frames.length, 1, "only about the packet whose first fragment came");
  t.same([...frames[0]!.subarray(34, 36)], [11, 1]);
});

t.test("at the bound of packets the eldest is dropped", async (t) => {
  const { counters, delivered, feed } = setUp();
  for (let id = 1; id <= IPV4_LIMITS.maxReassemblies + 1; id++) feed({ ...FIRST, id });
  t.equal(counters.reassemblyFailures, 1);
  feed({ ...SECOND, id: 2 }, { ...THIRD, id: 2 });
  t.same(delivered, [PAYLOAD], "the second is still there");
});

t.test("memory for reassembly keeps to its bound", async (t) => {
  const { feed, used } = setUp();
  for (let id = 1; id <= IPV4_LIMITS.maxReassemblies; id++) {
    // The last byte of the longest packet asks for 64 KiB at once.
    feed({ from: 0, to: 1000, id }, { from: 2000, to: 3000, id });
  }
  t.ok(used() <= IPV4_LIMITS.reassemblyBytes, `${used()} bytes`);
});

t.test("more fragments than the bound drop the packet", async (t) => {
  const { counters, feed, used } = setUp();
  for (let index = 0; index <= IPV4_LIMITS.maxFragments; index++) {
    feed({ from: index * 16, to: index * 16 + 8 });
  }
  t.equal(counters.reassemblyFailures, 1);
  t.equal(used(), 0);
});

t.test("a congestion mark on one fragment marks the packet (RFC 3168 5.3)", async (t) => {
  const { peer, stack, world } = setUp();
  const seen: number[] = [];
  stack.ip.register({
    protocol: 200,
    input: (_offset, length, _source, _destination, meta) => seen.push(length, meta.trafficClass),
    error: () => {},
    writable: () => {},
  });
  const fields = { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 200 };
  for (const [fragment, trafficClass] of [
    [MORE, 2],
    [1 | MORE, 3],
    [2, 2],
  ] as const) {
    const packet = ipv4Packet({ ...fields, fragment, trafficClass }, new Uint8Array(8));
    peer.send(ethernetFrame(OUR_MAC, PEER_MAC, 0x0800, packet));
  }
  world.runFor(0);
  t.same(seen, [24, 3]);
});
