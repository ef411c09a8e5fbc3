import t from "tap";
import type { LookupResult, ReverseResult } from "./mod.ts";
import { DNS_TYPE } from "./mod.ts";
import { parseHosts } from "./hosts.ts";
import { searchNames } from "./search.ts";
import type { DnsWorld } from "./testing/dns-world.ts";
import { createDnsWorld } from "./testing/dns-world.ts";

const HOSTS = `
# a comment
10.9.8.7   printer Printer.local  # the one upstairs
::1        ip6-host
not-an-address name
10.9.8.8   printer
`;

function looked(dns: DnsWorld, name: string, families: readonly (4 | 6)[] = [4]): string {
  let found: LookupResult | undefined;
  dns.resolver.lookup(name, families, (result) => (found = result));
  const isEarly = found !== undefined;
  dns.world.runFor(60_000_000);
  if (isEarly || found === undefined) return "too early or never";
  return found.kind === "error" ? found.code : found.addresses.map((one) => one.text).join(" ");
}

function setUp(config = {}) {
  const dns = createDnsWorld({ hosts: HOSTS, ...config });
  dns.add("www.example.org", DNS_TYPE.A, { kind: "A", address: 0x0a00_0007 });
  dns.add("www.example.org", DNS_TYPE.AAAA, { kind: "AAAA", bytes: new Uint8Array(16).fill(1) });
  dns.add("only6.example.org", DNS_TYPE.AAAA, { kind: "AAAA", bytes: new Uint8Array(16) });
  return dns;
}

t.test("text of an address is itself, and nobody is asked", async (t) => {
  const dns = setUp();
  t.equal(looked(dns, "10.0.0.9"), "10.0.0.9");
  t.equal(looked(dns, "2001:DB8::1", [6]), "2001:db8::1");
  t.equal(looked(dns, "2001:db8::1", [4]), "ENOTFOUND");
  t.same(dns.asked, []);
});

t.test("hosts come before DNS; localhost is this host; some names are nobody's", async (t) => {
  const dns = setUp();
  t.equal(looked(dns, "PRINTER"), "10.9.8.7 10.9.8.8");
  t.equal(looked(dns, "printer.local."), "10.9.8.7");
  t.equal(looked(dns, "ip6-host", [4, 6]), "::1");
  t.equal(looked(dns, "localhost"), "127.0.0.1");
  t.equal(looked(dns, "app.localhost", [6, 4]), "::1 127.0.0.1");
  t.equal(looked(dns, "x.invalid"), "ENOTFOUND");
  t.equal(looked(dns, "x.onion"), "ENOTFOUND");
  t.equal(looked(dns, "a..b"), "ENOTFOUND");
  t.same(dns.asked, []);
});

t.test("families are asked for in the order of preference", async (t) => {
  const dns = setUp();
  t.equal(looked(dns, "www.example.org"), "10.0.0.7");
  t.equal(looked(dns, "www.example.org", [6, 4]), "101:101:101:101:101:101:101:101 10.0.0.7");
  t.equal(looked(dns, "only6.example.org", [4, 6]), "::");
  t.equal(looked(dns, "only6.example.org", [4]), "ENODATA");
});

t.test("short names are completed by the search domains", async (t) => {
  const dns = setUp({ search: ["nowhere.test", "example.org"] });
  t.equal(looked(dns, "www"), "10.0.0.7");
  t.same(dns.asked, ["www.nowhere.test 1", "www.example.org 1"]);
  t.equal(looked(dns, "www."), "ENOTFOUND");
  t.equal(dns.asked.at(-1), "www 1", "a dot at the end: complete");
});

t.test("the order of names follows the number of dots", async (t) => {
  t.same(searchNames("a", ["x", "y"], 1), ["a.x", "a.y", "a"]);
  t.same(searchNames("a.b", ["x"], 1), ["a.b", "a.b.x"]);
  t.same(searchNames("a.b", ["x"], 2), ["a.b.x", "a.b"]);
  t.same(searchNames("A.", ["x"], 1), ["a"]);
});

t.test("a grave error ends the search, a missing name does not", async (t) => {
  const dns = setUp({ search: ["example.org"], servers: [] });
  t.equal(looked(dns, "www"), "ECONNREFUSED");
});

t.test("addresses have names, in hosts first", async (t) => {
  const dns = setUp();
  dns.add("7.0.0.10.in-addr.arpa", DNS_TYPE.PTR, { kind: "PTR", target: "www.example.org" });
  const reverse = (address: string) => {
    let found: ReverseResult | undefined;
    dns.resolver.reverse(address, (result) => (found = result));
    dns.world.runFor(60_000_000);
    return found?.kind === "names" ? found.names.join(" ") : found?.code;
  };
  t.equal(reverse("10.9.8.7"), "printer Printer.local");
  t.equal(reverse("10.0.0.7"), "www.example.org");
  t.equal(reverse("10.0.0.8"), "ENOTFOUND");
  t.equal(reverse("www.example.org"), "EBADNAME");
});

t.test("a cancelled lookup calls nobody", async (t) => {
  const dns = setUp();
  const results: LookupResult[] = [];
  for (const name of ["www.example.org", "printer", "10.0.0.1"]) {
    dns.resolver.lookup(name, [4, 6], (result) => results.push(result))();
  }
  dns.world.runFor(60_000_000);
  t.same(results, []);
});

t.test("a hosts file may hold anything", async (t) => {
  const table = parseHosts("\0\n1.2.3.4\n\t1.2.3.5\tx\t#y\n1.2.3.6 a..b ok");
  t.same(table.addresses("x"), [{ family: 4, text: "1.2.3.5" }]);
  t.same(table.addresses("ok"), [{ family: 4, text: "1.2.3.6" }]);
  t.same(table.addresses("y"), []);
});
