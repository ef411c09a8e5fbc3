import t from "tap";
import {
  OUR_ADDRESS,
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
} from "../testing/hostile-wire.ts";
import type { Ipv4Fields } from "../testing/packets.ts";
import { ethernetFrame, ipv4Packet, join, udpDatagram } from "../testing/packets.ts";
import type { Ipv4Counters } from "./mod.ts";
import { parseIpv4 } from "./mod.ts";

const BROADCAST_MAC = "ff:ff:ff:ff:ff:ff";

function setUp() {
  const { peer, stack, world } = createHostileWire();
  const delivered: string[] = [];
  const { bytes } = stack.kernel.memory.packet;
  stack.udp.bind({
    address: 0,
    port: 7,
    handler: {
      onDatagram: (_socket, offset, length) =>
        delivered.push(String.fromCharCode(...bytes.slice(offset, offset + length))),
    },
  });
  const feed = (packet: Uint8Array, to = OUR_MAC) => {
    peer.send(ethernetFrame(to, PEER_MAC, 0x0800, packet));
    world.runFor(0);
  };
  return { stack, peer, world, delivered, feed };
}

function packet(fields: Partial<Ipv4Fields> = {}, text = "x"): Uint8Array {
  const { source = PEER_ADDRESS, destination = OUR_ADDRESS } = fields;
  const data = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const datagram = udpDatagram(source, destination, 9, 7, data);
  return ipv4Packet({ source, destination, protocol: 17, ...fields }, datagram);
}

/** Feeds a packet and says which counters it moved. */
function verdict(input: Uint8Array, to?: string): string {
  const { delivered, feed, stack } = setUp();
  const before = { ...stack.ip.counters };
  feed(input, to);
  if (delivered.length > 0) return `delivered ${delivered.join()}`;
  const after = stack.ip.counters;
  const moved = (Object.keys(after) as (keyof Ipv4Counters)[]).filter(
    (name) => after[name] !== before[name] && name !== "packetsReceived",
  );
  return moved.join();
}

t.test("a packet to us is delivered, with options and padding", async (t) => {
  t.equal(verdict(packet()), "delivered x");
  t.equal(verdict(packet({ options: [7, 7, 4, 0, 0, 0, 0, 0] })), "delivered x");
  t.equal(verdict(join(packet(), new Uint8Array(18))), "delivered x");
});

t.test("headers that lie are counted and dropped", async (t) => {
  t.equal(verdict(packet().subarray(0, 19)), "badHeaders");
  t.equal(verdict(new Uint8Array(0)), "badHeaders");
  const broken = (at: number, value: number) => {
    const copy = packet();
    copy[at] = value;
    return copy;
  };
  t.equal(verdict(broken(0, 0x65)), "badHeaders", "version 6");
  t.equal(verdict(broken(0, 0x44)), "badHeaders", "a header of 16 bytes");
  t.equal(verdict(broken(2, 0x01)), "badHeaders", "longer than the frame");
  t.equal(verdict(broken(3, 0x10)), "badHeaders", "shorter than the header");
  t.equal(verdict(broken(11, 0x10)), "badChecksums");
  t.equal(verdict(broken(8, 63)), "badChecksums");
});

t.test("source routes are refused, malformed options dropped (RFC 7126)", async (t) => {
  t.equal(verdict(packet({ options: [131, 3, 4, 0] })), "sourceRouted");
  t.equal(verdict(packet({ options: [1, 137, 3, 4] })), "sourceRouted");
  t.equal(verdict(packet({ options: [7, 1, 0, 0] })), "badOptions");
  t.equal(verdict(packet({ options: [7, 5, 0, 0] })), "badOptions");
  t.equal(verdict(packet({ options: [1, 1, 1, 7] })), "badOptions");
  t.equal(verdict(packet({ options: [0, 131, 3, 4] })), "delivered x", "behind the end");
});

t.test("addresses that can't be on this link are martians (RFC 1812 5.3.7)", async (t) => {
  for (const source of ["127.0.0.1", "224.0.0.1", "255.255.255.255", "10.0.0.255", "0.0.0.0"]) {
    t.equal(verdict(packet({ source: parseIpv4(source)! })), "martians", `from ${source}`);
  }
  t.equal(verdict(packet({ source: OUR_ADDRESS })), "martians", "from ourselves");
  t.equal(verdict(packet({ destination: 0x7f00_0001 })), "martians", "to 127.0.0.1");
  t.equal(verdict(packet({ destination: 0 })), "martians", "to 0.0.0.0");
});

t.test("broadcasts are delivered; what is for others is not", async (t) => {
  const limited = packet({ destination: 0xffff_ffff });
  t.equal(verdict(limited, BROADCAST_MAC), "delivered x");
  const directed = packet({ destination: parseIpv4("10.0.0.255")! });
  t.equal(verdict(directed, BROADCAST_MAC), "delivered x");
  t.equal(verdict(packet({ destination: parseIpv4("10.0.0.3")! })), "notForUs");
  t.equal(verdict(packet({ destination: parseIpv4("224.0.0.251")! }), BROADCAST_MAC), "notForUs");
});

t.test("a frame to everybody with a packet to us is dropped (RFC 1122 3.3.6)", async (t) => {
  t.equal(verdict(packet(), BROADCAST_MAC), "martians");
});

t.test("an interface without an address takes broadcasts and nothing else", async (t) => {
  const { delivered, feed, stack } = setUp();
  stack.ip.configure(stack.eth0, { address: 0, prefixLength: 32 });
  feed(packet({ destination: 0xffff_ffff }), BROADCAST_MAC);
  t.same(delivered, ["x"]);
  feed(packet());
  feed(packet({ destination: 0 }));
  t.same(delivered, ["x"]);
  t.match(stack.ip.counters, { notForUs: 1, martians: 1 });
});

t.test("an unknown protocol is answered by an ICMP error", async (t) => {
  const { feed, peer, stack, world } = setUp();
  stack.arp.addStatic(PEER_ADDRESS, 0x0200_0000_0002);
  feed(packet({ protocol: 99 }));
  world.runFor(0);
  const [frame] = peer.receive();
  t.same([...frame!.subarray(34, 36)], [3, 2]);
  t.equal(stack.ip.counters.unknownProtocols, 1);
});

t.test("a promiscuous layer takes packets to anybody and answers in their name", async (t) => {
  const { createTestWorld } = await import("../testing/world.ts");
  const { createStack } = await import("../testing/stack.ts");
  const world = createTestWorld();
  const cable = world.cable();
  const gateway = createStack(world.host("gateway"), cable.b, "10.0.0.2/24", { promiscuous: true });
  const guest = createStack(world.host("guest"), cable.a, "10.0.0.1/24");
  guest.ip.addRoute({ network: 0, prefixLength: 0, gateway: 0x0a00_0002, interface: guest.eth0 });
  const answers: unknown[] = [];
  guest.icmp.ping({ address: 0x0808_0808 }, (result) => answers.push(result.kind));
  world.runFor(1000);
  t.same(answers, ["reply"]);
  t.equal(gateway.ip.isLocal(0x0808_0808), false);
});
