import net from "node:net";
import t from "tap";
import { BlockList, SocketAddress } from "./block-list.ts";

type AnyBlockList = net.BlockList & { rules: readonly string[] };

const ADDRESSES: readonly (readonly [string, "ipv4" | "ipv6"])[] = [
  ["10.0.0.1", "ipv4"],
  ["10.0.0.2", "ipv4"],
  ["10.255.0.1", "ipv4"],
  ["11.0.0.1", "ipv4"],
  ["192.168.1.5", "ipv4"],
  ["192.168.1.10", "ipv4"],
  ["255.255.255.255", "ipv4"],
  ["::1", "ipv6"],
  ["2001:db8::5", "ipv6"],
  ["2001:db9::5", "ipv6"],
  ["::ffff:10.0.0.1", "ipv6"],
  ["::ffff:a00:1", "ipv6"],
  ["not an address", "ipv4"],
];

function fill(list: AnyBlockList): void {
  list.addAddress("10.0.0.1");
  list.addSubnet("10.0.128.0", 17);
  list.addRange("192.168.1.4", "192.168.1.9", "ipv4");
  list.addSubnet("2001:db8::", 32, "ipv6");
  list.addAddress("::1", "ipv6");
}

function message(run: () => unknown): string {
  try {
    run();
    return "nothing thrown";
  } catch (error) {
    const { name, code, message } = error as Error & { code: string };
    return `${name} ${code} ${message}`;
  }
}

t.test("a block list answers as Node's", (t) => {
  const theirs = new net.BlockList();
  const ours = new BlockList();
  fill(theirs);
  fill(ours as unknown as AnyBlockList);
  for (const [address, family] of ADDRESSES) {
    t.equal(ours.check(address, family), theirs.check(address, family), address);
  }
  t.same(ours.rules.toSorted(), theirs.rules.toSorted());
  const copy = new BlockList();
  copy.fromJSON(JSON.stringify(ours));
  t.same(copy.rules.toSorted(), ours.rules.toSorted());
  t.equal(BlockList.isBlockList(ours), true);
  t.equal(BlockList.isBlockList({}), false);
  t.end();
});

t.test("a block list refuses what Node's refuses", (t) => {
  const calls: ((list: AnyBlockList) => unknown)[] = [
    (list) => list.addAddress(5 as never),
    (list) => list.addAddress("10.0.0.1", 5 as never),
    (list) => list.addAddress("10.0.0.1", "ipv5" as never),
    (list) => list.addAddress("x"),
    (list) => list.addAddress("::1", "ipv4"),
    (list) => list.addRange("10.0.0.9", "10.0.0.1"),
    (list) => list.addSubnet("10.0.0.0", 33),
    (list) => list.addSubnet("10.0.0.0", "x" as never),
    (list) => list.addSubnet("::", 129, "ipv6"),
    (list) => list.check(5 as never),
  ];
  for (const call of calls) {
    const ours = new BlockList() as unknown as AnyBlockList;
    t.equal(
      message(() => call(ours)),
      message(() => call(new net.BlockList() as AnyBlockList)),
    );
  }
  t.end();
});

t.test("a socket address reads and checks as Node's", (t) => {
  const options: unknown[] = [
    undefined,
    { address: "10.0.0.1", port: 80 },
    { address: "2001:DB8:0:0::1", family: "ipv6", port: 1, flowlabel: 3 },
    { address: "::ffff:10.0.0.1", family: "IPv6" },
    { address: "x" },
    { port: 70_000 },
    { family: "x" },
    { flowlabel: -1, family: "ipv6" },
    5,
  ];
  for (const given of options) {
    const show = (Class: typeof net.SocketAddress): string => {
      const { address, family, port, flowlabel } = new Class(given as never);
      return JSON.stringify({ address, family, port, flowlabel });
    };
    let theirs = "";
    let ours = "";
    const failure = message(() => (theirs = show(net.SocketAddress)));
    const own = message(() => (ours = show(SocketAddress as unknown as typeof net.SocketAddress)));
    t.equal(own, failure, JSON.stringify(given));
    t.equal(ours, theirs);
  }
  for (const text of [
    "10.0.0.1:8080",
    "10.0.0.1",
    "[::1]:443",
    "[::1]",
    "x",
    "1.2.3.4:99999",
    "",
  ]) {
    const shown = (parsed: object | undefined): string | undefined =>
      parsed && JSON.stringify(parsed);
    t.equal(shown(SocketAddress.parse(text)), shown(net.SocketAddress.parse(text)), text);
  }
  t.end();
});
