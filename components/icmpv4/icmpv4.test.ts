import t from "tap";
import { IP_PROTOCOL } from "../ip/mod.ts";
import type { NetworkErrorKind } from "../ip/mod.ts";
import { parseIpv4 } from "../ipv4/mod.ts";
import {
  OUR_ADDRESS,
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
} from "../testing/hostile-wire.ts";
import {
  checksum,
  ethernetFrame,
  icmpMessage,
  ipv4Packet,
  udpDatagram,
} from "../testing/packets.ts";
import { A, B, createTwoHosts } from "../testing/two-hosts.ts";
import { ICMPV4_LIMITS, createIcmpv4 } from "./mod.ts";
import type { PingResult } from "./mod.ts";
import { TokenBucket } from "./token-bucket.ts";

const FIELDS = { source: PEER_ADDRESS, destination: OUR_ADDRESS };

function setUp() {
  const { peer, stack, world } = createHostileWire();
  stack.arp.addStatic(PEER_ADDRESS, 0x0200_0000_0002);
  const feed = (message: Uint8Array, fields = {}, to = OUR_MAC) => {
    const packet = ipv4Packet({ ...FIELDS, protocol: IP_PROTOCOL.ICMP, ...fields }, message);
    peer.send(ethernetFrame(to, PEER_MAC, 0x0800, packet));
    world.runFor(0);
  };
  /** The ICMP messages that we sent. */
  const sent = () => {
    world.runFor(0);
    return peer
      .receive()
      .filter((frame) => frame[23] === IP_PROTOCOL.ICMP)
      .map((frame) => frame.subarray(34));
  };
  return { peer, stack, world, feed, sent, counters: stack.icmp.counters };
}

/** What we once sent from port 7, as an error quotes it. */
function quoted(protocol: number = IP_PROTOCOL.UDP): Uint8Array {
  return ipv4Packet(
    { source: OUR_ADDRESS, destination: PEER_ADDRESS, protocol },
    udpDatagram(OUR_ADDRESS, PEER_ADDRESS, 7, 9, [1, 2, 3]),
  );
}

t.test("an echo request comes back as it was, with a right checksum", async (t) => {
  const { counters, feed, sent } = setUp();
  feed(icmpMessage(8, 0, 0x1234_0007, [1, 2, 3, 4, 5]));
  const [reply] = sent();
  t.same([...reply!.subarray(4)], [0x12, 0x34, 0, 7, 1, 2, 3, 4, 5]);
  t.equal(reply![0], 0);
  t.equal(checksum(reply!), 0);
  t.match(counters, { echosReceived: 1, echoRepliesSent: 1 });
});

t.test("an echo request to everybody is not answered (RFC 1122 3.2.2.6)", async (t) => {
  const { feed, sent } = setUp();
  const destination = parseIpv4("10.0.0.255")!;
  feed(icmpMessage(8, 0, 1, []), { destination }, "ff:ff:ff:ff:ff:ff");
  t.same(sent(), []);
});

t.test("too short, and with a wrong checksum: counted and dropped", async (t) => {
  const { counters, feed, sent } = setUp();
  feed(icmpMessage(8, 0, 1, []).subarray(0, 7));
  const broken = icmpMessage(8, 0, 1, [1, 2, 3, 4]);
  broken[9] = 77;
  feed(broken);
  t.same(sent(), []);
  t.match(counters, { badMessages: 1, badChecksums: 1 });
});

t.test("redirects and other types are ignored", async (t) => {
  const { counters, feed } = setUp();
  feed(icmpMessage(5, 1, PEER_ADDRESS, quoted()));
  feed(icmpMessage(13, 0, 0, new Uint8Array(12)));
  t.equal(counters.ignoredMessages, 2);
});

t.test("replies are limited in rate", async (t) => {
  const { counters, feed, world } = setUp();
  for (let index = 0; index < ICMPV4_LIMITS.replyBurst + 5; index++)
    feed(icmpMessage(8, 0, index, []));
  t.match(counters, { echoRepliesSent: ICMPV4_LIMITS.replyBurst, suppressed: 5 });
  world.runFor(1_000_000);
  feed(icmpMessage(8, 0, 1, []));
  t.equal(counters.echoRepliesSent, ICMPV4_LIMITS.replyBurst + 1);
});

t.test("pings of every size come back, in fragments where they must", async (t) => {
  const { a, world } = createTwoHosts();
  const results: PingResult[] = [];
  for (const dataBytes of [0, 1, 56, 1472, 1473, 8000, 65_507]) {
    a.icmp.ping({ address: B, dataBytes }, (result) => results.push(result));
  }
  world.runFor(1000);
  t.same(
    results.map((result) => (result.kind === "reply" ? result.dataBytes : result.kind)),
    [0, 1, 56, 1472, 1473, 8000, 65_507],
  );
});

t.test("a ping that nobody answers times out; one to nowhere says so", async (t) => {
  const { stack, world } = setUp();
  const results: PingResult[] = [];
  stack.icmp.ping({ address: PEER_ADDRESS, timeoutUs: 1000 }, (result) => results.push(result));
  stack.icmp.ping({ address: PEER_ADDRESS + 1 }, (result) => results.push(result));
  stack.icmp.ping({ address: 0x0808_0808 }, (result) => results.push(result));
  stack.icmp.ping({ address: PEER_ADDRESS, dataBytes: 65_508 }, (result) => results.push(result));
  world.runFor(5_000_000);
  t.same(results, [
    { kind: "not-sent", why: "no-route" },
    { kind: "not-sent", why: "too-big" },
    { kind: "timeout" },
    { kind: "error", why: "host-unreachable" },
  ]);
});

t.test("a reply with other data, another identifier or another source is not ours", async (t) => {
  const { feed, sent, stack, world } = setUp();
  const results: PingResult[] = [];
  stack.icmp.ping({ address: PEER_ADDRESS, dataBytes: 4, timeoutUs: 1000 }, (result) =>
    results.push(result),
  );
  const [request] = sent();
  const rest =
    ((request![4]! << 24) | (request![5]! << 16) | (request![6]! << 8) | request![7]!) >>> 0;
  feed(icmpMessage(0, 0, rest, [0, 1, 2, 4]));
  feed(icmpMessage(0, 0, rest, [0, 1, 2]));
  feed(icmpMessage(0, 0, (rest ^ 0x1_0000) >>> 0, [0, 1, 2, 3]));
  feed(icmpMessage(0, 0, rest, [0, 1, 2, 3]), { source: PEER_ADDRESS + 1 });
  t.same(results, []);
  feed(icmpMessage(0, 0, rest, [0, 1, 2, 3]));
  t.equal(results[0]?.kind, "reply");
  world.runFor(5000);
  t.equal(results.length, 1);
});

t.test("a cancelled ping calls nobody; more pings than the limit are refused", async (t) => {
  const { stack, world } = setUp();
  const results: string[] = [];
  const cancels = Array.from({ length: ICMPV4_LIMITS.maxPings + 1 }, () =>
    stack.icmp.ping({ address: PEER_ADDRESS }, (result) => results.push(result.kind)),
  );
  t.same(results, ["not-sent"]);
  for (const cancel of cancels) cancel();
  world.runFor(10_000_000);
  t.equal(results.length, 1);
});

t.test("an error reaches the transport that sent the packet, with what it says", async (t) => {
  const { counters, feed, stack } = setUp();
  const errors: [NetworkErrorKind, number][] = [];
  stack.ip.register({
    protocol: IP_PROTOCOL.TCP,
    input: () => {},
    writable: () => {},
    error: (kind, _offset, length, source, destination, mtuBytes) => {
      t.same([source, destination], [OUR_ADDRESS, PEER_ADDRESS]);
      t.ok(length >= 8);
      errors.push([kind, mtuBytes]);
    },
  });
  const quote = quoted(IP_PROTOCOL.TCP);
  for (const code of [0, 1, 2, 3, 13]) feed(icmpMessage(3, code, 0, quote));
  feed(icmpMessage(3, 4, 1400, quote));
  feed(icmpMessage(3, 4, 0, quote));
  feed(icmpMessage(11, 0, 0, quote));
  t.same(errors, [
    ["net-unreachable", 0],
    ["host-unreachable", 0],
    ["port-unreachable", 0],
    ["port-unreachable", 0],
    ["host-unreachable", 0],
    ["too-big", 1400],
    ["too-big", 576],
    ["time-exceeded", 0],
  ]);
  t.equal(counters.errorsReceived, 8);
});

t.test("an old router's report without an MTU means the next plateau (RFC 1191 7.1)", async (t) => {
  const { feed, stack } = setUp();
  const mtus: number[] = [];
  stack.ip.register({
    protocol: IP_PROTOCOL.TCP,
    input: () => {},
    writable: () => {},
    error: (_kind, _offset, _length, _source, _destination, mtuBytes) => mtus.push(mtuBytes),
  });
  const long = ipv4Packet(
    { source: OUR_ADDRESS, destination: PEER_ADDRESS, protocol: IP_PROTOCOL.TCP },
    new Uint8Array(1480),
  );
  feed(icmpMessage(3, 4, 0, long.subarray(0, 28)));
  t.same(mtus, [1492]);
});

t.test("an error that quotes nothing of ours is dropped", async (t) => {
  const { counters, feed } = setUp();
  feed(icmpMessage(3, 3, 0, quoted().subarray(0, 27)));
  const foreign = ipv4Packet(
    { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 17 },
    new Uint8Array(8),
  );
  feed(icmpMessage(3, 3, 0, foreign));
  const fragment = ipv4Packet(
    { source: OUR_ADDRESS, destination: PEER_ADDRESS, protocol: 17, fragment: 5 },
    new Uint8Array(8),
  );
  feed(icmpMessage(3, 3, 0, fragment));
  t.equal(counters.badMessages, 3);
});

t.test("a datagram for nobody is answered by what it was, up to 576 bytes", async (t) => {
  const { feed, sent } = setUp();
  const datagram = udpDatagram(PEER_ADDRESS, OUR_ADDRESS, 9, 7, new Uint8Array(1000));
  feed(datagram, { protocol: 17 });
  const [error] = sent();
  t.same([...error!.subarray(0, 2)], [3, 3]);
  t.equal(error!.length, 576 - 20);
  t.equal(checksum(error!), 0);
  t.same(error!.subarray(8 + 20, 8 + 36), datagram.subarray(0, 16));
});

t.test("no error is sent about errors, broadcasts and fragments (RFC 1122 3.2.2)", async (t) => {
  const { feed, sent, stack } = setUp();
  const datagram = udpDatagram(PEER_ADDRESS, 0xffff_ffff, 9, 7, [1]);
  feed(datagram, { protocol: 17, destination: 0xffff_ffff }, "ff:ff:ff:ff:ff:ff");
  t.same(sent(), [], "about a broadcast");
  const about = (packet: Uint8Array) => stack.icmp.sendUnreachable("host", packet);
  const fields = { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 1 };
  t.notOk(about(ipv4Packet(fields, icmpMessage(3, 3, 0, quoted()))), "about an error");
  t.ok(about(ipv4Packet(fields, icmpMessage(8, 0, 0, []))), "about an echo request");
  const udp = { ...fields, protocol: 17 };
  t.notOk(about(ipv4Packet({ ...udp, fragment: 9 }, new Uint8Array(8))), "about a later fragment");
  t.notOk(about(ipv4Packet({ ...udp, source: 0xe000_0001 }, new Uint8Array(8))), "to a group");
  t.notOk(about(ipv4Packet(udp, new Uint8Array(7))), "about too little");
  t.notOk(about(new Uint8Array(0)));
});

t.test("errors are limited in rate (RFC 1812 4.3.2.8)", async (t) => {
  const { counters, feed } = setUp();
  const datagram = udpDatagram(PEER_ADDRESS, OUR_ADDRESS, 9, 7, [1]);
  for (let index = 0; index < ICMPV4_LIMITS.errorBurst + 10; index++)
    feed(datagram, { protocol: 17 });
  t.match(counters, { errorsSent: ICMPV4_LIMITS.errorBurst, suppressed: 10 });
});

t.test("a gateway may leave echo requests unanswered", async (t) => {
  const { createTestWorld } = await import("../testing/world.ts");
  const { createIpv4 } = await import("../ipv4/mod.ts");
  const { createLoopback } = await import("../loopback/mod.ts");
  const world = createTestWorld();
  const { kernel, hal } = world.host("one");
  const network = createIpv4({ kernel, entropy: hal.entropy });
  network.addInterface({ link: createLoopback(kernel), address: 0x7f00_0001, prefixLength: 8 });
  const answersEcho = (_source: number, destination: number) => destination !== 0x7f00_0009;
  const icmp = createIcmpv4({ kernel, network, entropy: hal.entropy, answersEcho });
  const results: string[] = [];
  icmp.ping({ address: 0x7f00_0009 }, (result) => results.push(`9 ${result.kind}`));
  icmp.ping({ address: 0x7f00_0001 }, (result) => results.push(`1 ${result.kind}`));
  world.runFor(10_000_000);
  t.same(results, ["1 reply", "9 timeout"]);
  t.ok(A);
});

t.test("the bucket fills with time, up to its burst", async (t) => {
  const bucket = new TokenBucket(10, 2);
  t.same([bucket.take(0), bucket.take(0), bucket.take(0)], [true, true, false]);
  t.notOk(bucket.take(99_999));
  t.ok(bucket.take(100_000));
  t.same(
    [1, 2, 3].map(() => bucket.take(1e9)),
    [true, true, false],
  );
});
