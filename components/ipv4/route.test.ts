import t from "tap";
import { readU16, readU32 } from "../../libos/kernel/mod.ts";
import type { DatagramRoute } from "../ip/mod.ts";
import { SEND, appendPart } from "../ip/mod.ts";
import { checksum } from "../testing/packets.ts";
import { A, B, createTwoHosts } from "../testing/two-hosts.ts";
import type { TwoHosts } from "../testing/two-hosts.ts";
import { IPV4_LIMITS, formatIpv4, parseIpv4 } from "./mod.ts";

const PROTOCOL = 6;
/** As much of TCP as a device that cuts segments looks at: twenty bytes of header. */
const HEADER = Array.from({ length: 20 }, (_, index) => (index === 12 ? 0x50 : 0xee));
const ALL_OFFLOADS = {
  transmitChecksum: true,
  receiveChecksum: true,
  tcp4SegmentationBytes: 65_535,
  largeReceiveBytes: 65_535,
};

interface Got {
  readonly bytes: number[];
  readonly segmentBytes: number;
  readonly checksumValid: boolean;
}

function setUp(hosts: TwoHosts = createTwoHosts()) {
  const { a, b, tap, world } = hosts;
  const { bytes } = a.kernel.memory.packet;
  const got: Got[] = [];
  let writable = 0;
  b.ip.register({
    protocol: PROTOCOL,
    input: (offset, length, _source, _destination, meta) => {
      const { segmentBytes, checksumValid } = meta;
      got.push({ bytes: [...bytes.slice(offset, offset + length)], segmentBytes, checksumValid });
    },
    error: () => {},
    writable: () => {},
  });
  a.ip.register({
    protocol: PROTOCOL,
    input: () => {},
    error: () => {},
    writable: () => writable++,
  });
  // Both know each other, so that frames are sent at once.
  a.arp.addStatic(B, b.ethernet.address);
  const route = a.ip.route(B, 0)!;
  /** Sends 20 bytes of header and so much payload. */
  const send = (payloadBytes: number, segmentBytes = 0, over: DatagramRoute = route) => {
    const staged = payloadBytes === 0 ? 0 : over.stage(payloadBytes);
    for (let index = 0; index < payloadBytes; index++) bytes[staged + index] = index * 3;
    const frame = over.begin(20);
    bytes.set(HEADER, frame.partOffset[0]!);
    if (payloadBytes > 0) appendPart(frame, staged, payloadBytes);
    frame.segmentBytes = segmentBytes;
    frame.headerBytes = segmentBytes === 0 ? 0 : 20;
    return over.send(frame, PROTOCOL, 0);
  };
  const packets = () => tap.frames.map((frame) => frame.subarray(14));
  return { ...hosts, route, send, packets, got, world, writableCount: () => writable };
}

t.test("a packet has a right header, and don't-fragment unless told otherwise", async (t) => {
  const { packets, route, send } = setUp();
  t.equal(send(4), SEND.OK);
  route.mayFragment = true;
  route.ttl = 9;
  send(4);
  const [first, second] = packets();
  t.equal(checksum(first!.subarray(0, 20)), 0);
  t.same(
    [...first!.subarray(0, 12), first!.length],
    [0x45, 0, 0, 44, 0, 0, 0x40, 0, 64, 6, first![10]!, first![11]!, 44],
  );
  t.equal(readU32(first!, 12), A);
  t.equal(readU32(first!, 16), B);
  t.equal(checksum(second!.subarray(0, 20)), 0);
  t.equal(readU16(second!, 6), 0, "may be fragmented");
  t.equal(second![8], 9);
});

t.test("what is too big is refused, or cut where that is allowed", async (t) => {
  const { got, packets, route, send, world } = setUp();
  t.equal(send(1461), SEND.TOO_BIG);
  route.mayFragment = true;
  t.equal(send(3000), SEND.OK);
  const fragments = packets();
  t.same(
    fragments.map((packet) => [readU16(packet, 6), packet.length - 20]),
    [
      [0x2000, 1480],
      [0x2000 | 185, 1480],
      [370, 60],
    ],
  );
  t.equal(new Set(fragments.map((packet) => readU16(packet, 4))).size, 1, "one number");
  for (const packet of fragments) t.equal(checksum(packet.subarray(0, 20)), 0);
  world.run();
  const whole = [...HEADER, ...Array.from({ length: 3000 }, (_, index) => (index * 3) & 255)];
  t.same(got[0]?.bytes, whole);
  t.equal(send(65_600), SEND.TOO_BIG, "no packet is that long");
});

t.test("no fragment is sent when not all have room, and writable follows", async (t) => {
  const hosts = createTwoHosts({ a: { ringFrames: 4 }, b: { ringFrames: 8 } });
  const { packets, route, send, world, writableCount } = setUp(hosts);
  route.mayFragment = true;
  hosts.tap.holdTransmitted = true;
  t.equal(send(100), SEND.OK);
  t.equal(send(100), SEND.OK);
  t.equal(send(4000), SEND.FULL);
  t.equal(packets().length, 2);
  hosts.tap.holdTransmitted = false;
  world.runFor(2000);
  t.ok(writableCount() > 0);
  t.equal(send(4000), SEND.OK);
});

t.test("more fragments than the device ever takes can't be sent", async (t) => {
  const { route, send } = setUp(createTwoHosts({ a: { ringFrames: 4 } }));
  route.mayFragment = true;
  t.equal(send(10_000), SEND.TOO_BIG);
});

t.test(
  "identification numbers of one destination differ, and begin at random (RFC 6864)",
  async (t) => {
    const { packets, route, send } = setUp();
    route.mayFragment = true;
    for (let index = 0; index < 20; index++) send(4);
    const numbers = packets().map((packet) => readU16(packet, 4));
    t.equal(new Set(numbers).size, 20);
  },
);

t.test(
  "a packet for segmentation travels whole, and its size is the path's business",
  async (t) => {
    const { got, packets, route, send, world } = setUp(createTwoHosts({ offloads: ALL_OFFLOADS }));
    t.equal(send(60_000, 1400), SEND.OK);
    world.run();
    t.equal(packets()[0]!.length, 60_040);
    t.equal(readU16(packets()[0]!, 2), 60_040);
    t.match(got[0], { segmentBytes: 1400, checksumValid: true });
    t.equal(send(60_000, 1461), SEND.TOO_BIG, "a segment would not fit the MTU");
    t.equal(send(65_496, 1400), SEND.TOO_BIG, "longer than a packet can be");
    const first = readU16(packets()[0]!, 4);
    send(2800, 1400);
    t.equal((readU16(packets()[1]!, 4) - first) & 0xffff, 43, "one number for each segment");
    t.ok(route.offloads.transmitChecksum);
  },
);

t.test("without the offload nothing is sent for segmentation", async (t) => {
  const { send } = setUp();
  t.equal(send(60_000, 1400), SEND.TOO_BIG);
});

t.test(
  "a lowered path MTU holds for all routes to the host, and ends after ten minutes",
  async (t) => {
    const { a, route, send, world } = setUp();
    const other = a.ip.route(B, 0)!;
    route.reduceMtu(1000);
    t.equal(route.mtuBytes, 1000);
    t.equal(other.mtuBytes, 1000);
    t.equal(send(961), SEND.TOO_BIG);
    route.reduceMtu(1400);
    t.equal(route.mtuBytes, 1000, "a report never raises it");
    route.reduceMtu(68);
    t.equal(route.mtuBytes, 576, "nor does it go below 576");
    world.runFor(IPV4_LIMITS.pathMtuAgeUs + 1);
    t.equal(route.mtuBytes, 1500);
    t.equal(send(961), SEND.OK);
  },
);

t.test("the cache of path MTUs keeps to its bound", async (t) => {
  const { a } = createTwoHosts({}, { ipv4: { maxPathMtus: 2 } });
  a.ip.addRoute({ network: 0, prefixLength: 0, gateway: B, interface: a.eth0 });
  for (let index = 1; index <= 3; index++) a.ip.reduceMtu(0x0808_0800 + index, 1000);
  t.equal(a.ip.route(0x0808_0801, 0)!.mtuBytes, 1500, "the eldest is forgotten");
  t.equal(a.ip.route(0x0808_0803, 0)!.mtuBytes, 1000);
});

t.test("a route goes on when routes change, and says so when there is none", async (t) => {
  const { a, world, send } = setUp();
  const gateway = parseIpv4("10.0.0.2")!;
  const far = parseIpv4("192.0.2.1")!;
  t.equal(a.ip.route(far, 0), undefined);
  a.ip.addRoute({ network: 0, prefixLength: 0, gateway, interface: a.eth0 });
  const route = a.ip.route(far, 0)!;
  t.equal(send(4, 0, route), SEND.OK);
  a.ip.removeRoute({ network: 0, prefixLength: 0, gateway, interface: a.eth0 });
  t.equal(send(4, 0, route), SEND.NO_ROUTE);
  a.ip.addRoute({ network: 0, prefixLength: 0, gateway, interface: a.eth0 });
  t.equal(send(4, 0, route), SEND.OK);
  world.run();
});

t.test("a route whose source is gone says NO_ROUTE", async (t) => {
  const { a, route, send } = setUp();
  a.ip.configure(a.eth0, { address: parseIpv4("10.0.0.77")!, prefixLength: 24 });
  t.equal(send(4), SEND.NO_ROUTE);
  t.equal(formatIpv4(route.source), "10.0.0.1");
  t.equal(formatIpv4(a.ip.route(B, 0)!.source), "10.0.0.77");
});

t.test("nobody sends from an address that is not ours, but a gateway does", async (t) => {
  t.equal(setUp().a.ip.route(B, 0x0808_0808), undefined);
  const gateway = setUp(createTwoHosts({}, { promiscuous: true }));
  const route = gateway.a.ip.route(B, 0x0808_0808)!;
  gateway.send(4, 0, route);
  t.equal(readU32(gateway.packets()[0]!, 12), 0x0808_0808);
});

t.test("packets to our own addresses take the loopback", async (t) => {
  const { a } = createTwoHosts();
  const own = a.ip.route(A, 0)!;
  t.equal(own.mtuBytes, 65_535);
  t.equal(formatIpv4(own.source), "10.0.0.1");
  const local = a.ip.route(parseIpv4("127.3.2.1")!, 0)!;
  t.equal(formatIpv4(local.source), "127.0.0.1");
  t.equal(a.ip.route(B, 0x7f00_0001), undefined, "127.0.0.1 never leaves");
});

t.test("broadcasts leave by one interface, as broadcasts", async (t) => {
  const { a, packets, send, tap } = setUp();
  for (const text of ["255.255.255.255", "10.0.0.255"]) {
    const route = a.ip.route(parseIpv4(text)!, 0)!;
    t.ok(route.isBroadcast);
    send(4, 0, route);
  }
  const group = a.ip.route(parseIpv4("224.0.0.251")!, 0)!;
  send(4, 0, group);
  t.same(
    tap.frames.map((frame) => Buffer.from(frame.subarray(0, 6)).toString("hex")),
    ["ffffffffffff", "ffffffffffff", "01005e0000fb"],
  );
  t.equal(packets().length, 3);
});

t.test("one interface can be asked for, and an unknown one has no route", async (t) => {
  const { a } = createTwoHosts();
  t.ok(a.ip.routeVia("eth0", B, 0));
  t.equal(a.ip.routeVia("eth7", B, 0), undefined);
  t.equal(a.ip.routeVia("lo", B, 0), undefined);
  a.ip.configure(a.eth0, { address: 0, prefixLength: 32 });
  t.equal(a.ip.routeVia("eth0", 0xffff_ffff, 0)!.source, 0, "DHCP begins without an address");
  t.equal(a.ip.routeVia("eth0", B, 0), undefined);
});

t.test("the reply route is one object, and looks again when it must", async (t) => {
  const { a } = createTwoHosts();
  const first = a.ip.replyRoute(B, A);
  t.equal(a.ip.replyRoute(B, A), first);
  t.equal(a.ip.replyRoute(B, 0)!.source, A);
  t.equal(a.ip.replyRoute(A, A)!.mtuBytes, 65_535);
  t.equal(a.ip.replyRoute(B, A)!.mtuBytes, 1500);
  t.equal(a.ip.replyRoute(0x0808_0808, A), undefined);
  t.equal(a.ip.replyRoute(B, A)!.mtuBytes, 1500);
});

t.test("addresses, prefixes and MTUs that can't be are refused with a reason", async (t) => {
  const { a } = createTwoHosts();
  const bad = [
    [{ address: 0xe000_0001, prefixLength: 24 }, "224.0.0.1 is not one host's address"],
    [{ address: A, prefixLength: 33 }, "no prefix of 33 bits"],
    [{ address: A, prefixLength: 24, mtuBytes: 500 }, "MTU 500, 0 aliases"],
    [{ address: A, prefixLength: 24, aliases: [B, 0xffff_ffff] }, "255.255.255.255 is not one"],
  ] as const;
  for (const [address, reason] of bad) {
    t.throws(() => a.ip.configure(a.eth0, address), { name: "RangeError", message: reason });
  }
  t.equal(a.eth0.address, A, "and nothing has changed");
});

t.test("an alias is ours: it is answered for and delivered", async (t) => {
  const { a, b, world } = createTwoHosts();
  const alias = parseIpv4("10.0.0.53")!;
  b.ip.configure(b.eth0, { address: B, prefixLength: 24, aliases: [alias] });
  const results: string[] = [];
  a.icmp.ping({ address: alias }, (result) => results.push(result.kind));
  world.runFor(1000);
  t.same(results, ["reply"]);
  t.ok(b.ip.isLocal(alias));
});
