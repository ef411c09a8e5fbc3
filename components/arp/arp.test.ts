import t from "tap";
import { formatMac, parseMac } from "../ethernet/mod.ts";
import { OUR_ADDRESS, OUR_MAC, PEER_ADDRESS, PEER_MAC } from "../testing/hostile-wire.ts";
import { createHostileWire } from "../testing/hostile-wire.ts";
import { arpPacket, ethernetFrame } from "../testing/packets.ts";
import { ARP_LIMITS } from "./limits.ts";

const EVERYBODY = "ff:ff:ff:ff:ff:ff";
const NOBODY = "00:00:00:00:00:00";
const OTHER_MAC = "02:00:00:00:00:03";
const SECOND_US = 1_000_000;

function setUp() {
  const wire = createHostileWire();
  const { peer, stack, world } = wire;
  const frames = () => {
    world.runFor(0);
    return peer.receive();
  };
  return {
    ...wire,
    arp: stack.arp,
    frames,
    /** Frames of ARP: destination, operation, sender, target. */
    arps: () =>
      frames()
        .filter((frame) => frame[12] === 8 && frame[13] === 6)
        .map((frame) => {
          const hex = (from: number, to: number) =>
            Buffer.from(frame.subarray(from, to)).toString("hex");
          return `${hex(0, 6)} ${frame[21]} ${hex(28, 32)} > ${hex(38, 42)}`;
        }),
    say: (operation: number, mac: string, sender: number, target: number, to = OUR_MAC) => {
      peer.send(ethernetFrame(to, mac, 0x0806, arpPacket(operation, mac, sender, NOBODY, target)));
      world.runFor(0);
    },
    ping: (address = PEER_ADDRESS) => {
      const results: string[] = [];
      stack.icmp.ping({ address, timeoutUs: 60 * SECOND_US }, (result) =>
        results.push(result.kind === "error" ? result.why : result.kind),
      );
      return results;
    },
    known: () => [...stack.arp.neighbours].map((one) => `${one.state} ${formatMac(one.hardware)}`),
  };
}

t.test("a request for our address is answered to whoever asks", async (t) => {
  const { arps, say } = setUp();
  say(1, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS, EVERYBODY);
  t.same(arps(), ["020000000002 2 0a000001 > 0a000002"]);
  say(1, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS + 5, EVERYBODY);
  t.same(arps(), [], "and not for another address");
});

t.test("packets wait for the answer and then leave in order", async (t) => {
  const { frames, ping, say, world } = setUp();
  ping();
  ping();
  t.equal(frames().length, 1, "only the request");
  say(2, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  world.runFor(0);
  const sent = frames();
  t.same(
    sent.map((frame) => Buffer.from(frame.subarray(0, 6)).toString("hex")),
    ["020000000002", "020000000002"],
  );
  t.same(
    sent.map((frame) => frame[41]),
    [1, 2],
    "by their sequence numbers",
  );
});

t.test("requests are a second apart and end after three (RFC 1122 2.3.2.1)", async (t) => {
  const { arps, ping, world } = setUp();
  const results = ping();
  t.equal(arps().length, 1);
  world.runFor(0.9 * SECOND_US);
  t.equal(arps().length, 0);
  world.runFor(5 * SECOND_US);
  t.equal(arps().length, 2);
  t.same(results, ["host-unreachable"], "and the sender is told");
});

t.test("a neighbour that failed is asked for again, but not at once", async (t) => {
  const { arp, arps, ping, world } = setUp();
  ping();
  world.runFor(3.5 * SECOND_US);
  arps();
  ping();
  t.equal(arps().length, 0);
  t.equal(arp.counters.droppedPackets, 2);
  world.runFor(SECOND_US);
  ping();
  t.equal(arps().length, 1);
});

t.test("at the bound of waiting packets the oldest is dropped (RFC 1122 2.3.2.2)", async (t) => {
  const { arp, frames, ping, say } = setUp();
  for (let index = 0; index < ARP_LIMITS.maxPendingPackets + 2; index++) ping();
  frames();
  say(2, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  const sent = frames();
  t.equal(sent.length, ARP_LIMITS.maxPendingPackets);
  t.equal(sent[0]![41], 3, "the first two are lost");
  t.equal(arp.counters.droppedPackets, 2);
});

t.test("no more neighbours are resolved at a time than the limit says", async (t) => {
  const { arps, ping } = setUp();
  for (let index = 0; index < ARP_LIMITS.maxUnresolved + 10; index++) ping(PEER_ADDRESS + index);
  t.equal(arps().length, ARP_LIMITS.maxUnresolved);
});

t.test("the table keeps to its bound", async (t) => {
  const { arp, say } = setUp();
  for (let index = 0; index < 2 * ARP_LIMITS.maxNeighbours; index++) {
    say(1, PEER_MAC, 0x0a01_0000 + index, OUR_ADDRESS);
  }
  t.equal([...arp.neighbours].length, ARP_LIMITS.maxNeighbours / 2, "strangers get half of it");
});

t.test("a used entry is checked by unicast and works on meanwhile", async (t) => {
  const { arps, known, ping, say, world } = setUp();
  ping();
  say(2, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  ping();
  arps();
  world.runFor(ARP_LIMITS.reachableUs);
  t.same(arps(), ["020000000002 1 0a000001 > 0a000002"]);
  t.same(known(), ["probing 02:00:00:00:00:02"]);
  say(2, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  t.same(known(), ["reachable 02:00:00:00:00:02"]);
});

t.test("an entry that nobody uses is forgotten", async (t) => {
  const { arps, known, say, world } = setUp();
  say(1, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  t.same(known(), ["reachable 02:00:00:00:00:02"]);
  arps();
  world.runFor(ARP_LIMITS.reachableUs);
  t.same(known(), []);
  t.same(arps(), []);
});

t.test("a gratuitous packet makes no entry", async (t) => {
  const { known, say } = setUp();
  say(1, PEER_MAC, PEER_ADDRESS, PEER_ADDRESS, EVERYBODY);
  say(2, PEER_MAC, PEER_ADDRESS, PEER_ADDRESS, EVERYBODY);
  t.same(known(), []);
});

t.test("a known address is not overwritten by a claim: the known one is asked", async (t) => {
  const { arp, arps, known, ping, say } = setUp();
  ping();
  say(2, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  arps();
  say(2, OTHER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  t.same(arps(), ["020000000002 1 0a000001 > 0a000002"]);
  t.same(known(), ["probing 02:00:00:00:00:02"]);
  say(2, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  t.same(known(), ["reachable 02:00:00:00:00:02"]);
  t.equal(arp.counters.suspectClaims, 1);
});

t.test("a host that moved to another card is found again once the old one is silent", async (t) => {
  const { arps, known, ping, say, world } = setUp();
  ping();
  say(2, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  say(2, OTHER_MAC, PEER_ADDRESS, PEER_ADDRESS, EVERYBODY);
  world.runFor(4 * SECOND_US);
  t.same(known(), []);
  arps();
  ping();
  say(2, OTHER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  t.same(known(), ["reachable 02:00:00:00:00:03"]);
});

t.test("a static entry is used and never changed", async (t) => {
  const { arp, frames, known, ping, say } = setUp();
  arp.addStatic(PEER_ADDRESS, parseMac(OTHER_MAC)!);
  ping();
  t.equal(Buffer.from(frames()[0]!.subarray(0, 6)).toString("hex"), "020000000003");
  say(2, PEER_MAC, PEER_ADDRESS, OUR_ADDRESS);
  t.same(known(), ["permanent 02:00:00:00:00:03"]);
});

t.test("a static entry lets waiting packets go", async (t) => {
  const { arp, frames, ping } = setUp();
  ping();
  frames();
  arp.addStatic(PEER_ADDRESS, parseMac(OTHER_MAC)!);
  t.equal(frames().length, 1);
});

t.test("an address is probed three times, then announced twice (RFC 5227 2.1, 2.3)", async (t) => {
  const { arp, arps, world } = setUp();
  const found: boolean[] = [];
  arp.probe(0x0a00_0009, (isConflict) => {
    found.push(isConflict);
    arp.announce(0x0a00_0009);
  });
  world.runFor(10 * SECOND_US);
  const probe = "ffffffffffff 1 00000000 > 0a000009";
  const announcement = "ffffffffffff 1 0a000009 > 0a000009";
  t.same(arps(), [probe, probe, probe, announcement, announcement]);
  t.same(found, [false]);
});

t.test("a probe that is answered, or that somebody else makes too, is a conflict", async (t) => {
  const { arp, say, world } = setUp();
  const found: boolean[] = [];
  arp.probe(0x0a00_0009, (isConflict) => found.push(isConflict));
  world.runFor(1.5 * SECOND_US);
  say(2, PEER_MAC, 0x0a00_0009, 0, OUR_MAC);
  arp.probe(0x0a00_000a, (isConflict) => found.push(isConflict));
  world.runFor(1.5 * SECOND_US);
  say(1, PEER_MAC, 0, 0x0a00_000a, EVERYBODY);
  world.runFor(10 * SECOND_US);
  t.same(found, [true, true]);
});

t.test("a probe of our address is answered", async (t) => {
  const { arps, say } = setUp();
  say(1, PEER_MAC, 0, OUR_ADDRESS, EVERYBODY);
  t.same(arps(), ["020000000002 2 0a000001 > 00000000"]);
});

t.test("our address is defended once in ten seconds (RFC 5227 2.4 (b))", async (t) => {
  const { arp, arps, say, world } = setUp();
  const conflicts: string[] = [];
  arp.onConflict((_address, hardware) => conflicts.push(formatMac(hardware)));
  say(2, OTHER_MAC, OUR_ADDRESS, PEER_ADDRESS, EVERYBODY);
  say(2, OTHER_MAC, OUR_ADDRESS, PEER_ADDRESS, EVERYBODY);
  t.same(arps(), ["ffffffffffff 1 0a000001 > 0a000001"]);
  world.runFor(10 * SECOND_US);
  say(2, OTHER_MAC, OUR_ADDRESS, PEER_ADDRESS, EVERYBODY);
  t.same(arps(), ["ffffffffffff 1 0a000001 > 0a000001"]);
  t.same(conflicts, [OTHER_MAC, OTHER_MAC, OTHER_MAC]);
  t.equal(arp.counters.conflicts, 3);
});

t.test("after stop nothing waits and no memory is taken", async (t) => {
  const { arp, ping, stack, world } = setUp();
  const before = stack.kernel.memory.usedBytes;
  ping();
  t.ok(stack.kernel.memory.usedBytes > before);
  arp.stop();
  t.equal(stack.kernel.memory.usedBytes, before);
  world.runFor(5 * SECOND_US);
  t.same([...arp.neighbours], []);
});
