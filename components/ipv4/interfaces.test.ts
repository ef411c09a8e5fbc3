import t from "tap";
import { createArp } from "../arp/mod.ts";
import { createEthernet } from "../ethernet/mod.ts";
import type { TestStack } from "../testing/stack.ts";
import { createStack } from "../testing/stack.ts";
import { createTestWorld } from "../testing/world.ts";
import { IPV4_LIMITS, createIpv4, formatIpv4, parseIpv4 } from "./mod.ts";

const ip = (text: string): number => parseIpv4(text)!;

/** A host with two cards between a host on each side. */
function setUp() {
  const world = createTestWorld(2 ** 26);
  const left = world.cable({ a: { name: "eth0" } });
  const right = world.cable({
    a: { name: "eth1", hardwareAddress: Uint8Array.of(2, 0, 0, 0, 1, 1) },
  });
  const middle = createStack(world.host("middle"), left.a, "10.0.0.1/24");
  const { kernel, host } = middle;
  const ethernet = createEthernet({ device: right.a, kernel });
  kernel.onFlush(() => ethernet.flush());
  const arp = createArp({ ethernet, kernel, entropy: host.hal.entropy });
  const eth1 = middle.ip.addInterface({ link: arp, address: ip("10.1.0.1"), prefixLength: 16 });
  const west = createStack(world.host("west"), left.b, "10.0.0.2/24");
  const east = createStack(world.host("east"), right.b, "10.1.9.2/16");
  const ping = (from: TestStack, address: string) => {
    let said = "nothing";
    from.icmp.ping({ address: ip(address) }, (result) => (said = result.kind));
    world.runFor(10_000_000);
    return said;
  };
  return { world, middle, eth1, west, east, ping, left, right };
}

t.test("each network is reached by its own interface, with its own address", async (t) => {
  const { middle, ping } = setUp();
  t.equal(ping(middle, "10.0.0.2"), "reply");
  t.equal(ping(middle, "10.1.9.2"), "reply");
  t.equal(formatIpv4(middle.ip.route(ip("10.0.0.2"), 0)!.source), "10.0.0.1");
  t.equal(formatIpv4(middle.ip.route(ip("10.1.9.2"), 0)!.source), "10.1.0.1");
  t.match(
    middle.ip.interfaces.map(({ name, counters }) => `${name} ${counters.packetsSent}`),
    ["lo 0", "eth0 1", "eth1 1"],
  );
});

t.test(
  "our address on one card is reached through the other (RFC 1122 3.3.4.2, weak)",
  async (t) => {
    const { ping, west } = setUp();
    west.ip.addRoute({
      network: ip("10.1.0.0"),
      prefixLength: 16,
      gateway: ip("10.0.0.1"),
      interface: west.eth0,
    });
    t.equal(ping(west, "10.1.0.1"), "reply");
    t.equal(ping(west, "10.1.9.2"), "timeout", "but nothing is forwarded");
  },
);

t.test("ARP answers on each card for the addresses of that card alone", async (t) => {
  const { ping, west } = setUp();
  west.ip.configure(west.eth0, { address: ip("10.0.0.2"), prefixLength: 8 });
  t.equal(ping(west, "10.1.0.1"), "error");
});

t.test("when a cable is out the other way counts", async (t) => {
  const { east, left, middle, ping, world } = setUp();
  const gateways = [
    { gateway: ip("10.0.0.2"), interface: middle.eth0, metric: 1 },
    { gateway: ip("10.1.9.2"), interface: middle.ip.interface("eth1")!, metric: 2 },
  ];
  for (const gateway of gateways) middle.ip.addRoute({ network: 0, prefixLength: 0, ...gateway });
  t.equal(formatIpv4(middle.ip.route(ip("8.8.8.8"), 0)!.source), "10.0.0.1");
  left.setLink(false);
  world.runFor(1000);
  t.equal(formatIpv4(middle.ip.route(ip("8.8.8.8"), 0)!.source), "10.1.0.1");
  t.equal(ping(east, "10.1.0.1"), "reply");
});

t.test("a broadcast leaves by the interface of its source, or the default route's", async (t) => {
  const { eth1, middle } = setUp();
  const broadcast = ip("255.255.255.255");
  t.equal(formatIpv4(middle.ip.route(broadcast, ip("10.1.0.1"))!.source), "10.1.0.1");
  t.equal(formatIpv4(middle.ip.route(broadcast, 0)!.source), "10.0.0.1");
  middle.ip.addRoute({ network: 0, prefixLength: 0, gateway: ip("10.1.9.2"), interface: eth1 });
  t.equal(formatIpv4(middle.ip.route(broadcast, 0)!.source), "10.1.0.1");
  t.ok(middle.ip.isBroadcast(ip("10.1.255.255")));
});

t.test("more interfaces than the limit are refused", async (t) => {
  const { middle } = setUp();
  const { kernel, host, loopback } = middle;
  const small = createIpv4(
    { kernel, entropy: host.hal.entropy },
    { ...IPV4_LIMITS, maxInterfaces: 0 },
  );
  t.throws(() => small.addInterface({ link: loopback }), /lo: there are 0 interfaces already/);
});

t.test("after stop no packet is delivered, and no route is left", async (t) => {
  const { middle, ping, west } = setUp();
  middle.ip.stop();
  t.equal(ping(west, "10.0.0.1"), "error");
  t.same(middle.ip.routes, []);
  t.equal(middle.ip.route(ip("10.0.0.2"), 0), undefined);
});
