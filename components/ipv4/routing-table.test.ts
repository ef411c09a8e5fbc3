import t from "tap";
import { formatIpv4, parseCidr, parseIpv4 } from "./address.ts";
import type { Interface } from "./interface.ts";
import { RoutingTable } from "./routing-table.ts";

function fakeInterface(name: string, isUp = true): Interface {
  return { name, link: { linkUp: () => isUp } } as Interface;
}

const eth0 = fakeInterface("eth0");
const eth1 = fakeInterface("eth1");

function entry(cidr: string, through: Interface, gateway = "0.0.0.0", metric = 0) {
  const { address, prefixLength } = parseCidr(cidr)!;
  return {
    network: address,
    prefixLength,
    gateway: parseIpv4(gateway)!,
    interface: through,
    metric,
  };
}

function found(table: RoutingTable, text: string) {
  const way = table.find(parseIpv4(text)!);
  return way && `${way.interface.name} ${formatIpv4(way.gateway)}`;
}

t.test("the longest prefix wins, whatever the order", async (t) => {
  const table = new RoutingTable(10);
  table.add(entry("0.0.0.0/0", eth0, "10.0.0.254"));
  table.add(entry("10.0.0.0/24", eth0));
  table.add(entry("10.0.0.7/32", eth1, "10.1.0.1"));
  table.add(entry("10.0.0.0/8", eth1));
  t.equal(found(table, "10.0.0.7"), "eth1 10.1.0.1");
  t.equal(found(table, "10.0.0.8"), "eth0 0.0.0.0");
  t.equal(found(table, "10.9.0.8"), "eth1 0.0.0.0");
  t.equal(found(table, "1.1.1.1"), "eth0 10.0.0.254");
});

t.test(
  "among equal prefixes the lowest metric wins; a link that is down does not count",
  async (t) => {
    const table = new RoutingTable(10);
    table.add(entry("0.0.0.0/0", eth0, "10.0.0.1", 5));
    table.add(entry("0.0.0.0/0", eth1, "10.1.0.1", 3));
    t.equal(found(table, "1.1.1.1"), "eth1 10.1.0.1");
    table.add(entry("0.0.0.0/0", fakeInterface("down", false), "10.2.0.1", 1));
    t.equal(found(table, "1.1.1.1"), "eth1 10.1.0.1");
  },
);

t.test("host bits of a network do not matter", async (t) => {
  const table = new RoutingTable(10);
  table.add(entry("10.0.0.77/24", eth0));
  t.equal(found(table, "10.0.0.1"), "eth0 0.0.0.0");
  t.ok(table.remove(parseIpv4("10.0.0.3")!, 24, eth0));
  t.equal(found(table, "10.0.0.1"), undefined);
  t.notOk(table.remove(parseIpv4("10.0.0.3")!, 24, eth0));
});

t.test("a full table refuses, and keeps an equal entry once", async (t) => {
  const table = new RoutingTable(2);
  t.ok(table.add(entry("10.0.0.0/24", eth0)));
  t.ok(table.add(entry("10.0.0.0/24", eth0)));
  t.ok(table.add(entry("10.0.1.0/24", eth0)));
  t.notOk(table.add(entry("10.0.2.0/24", eth0)));
  t.equal(table.entries.length, 2);
});
