import t from "tap";
import { A, B } from "../testing/two-hosts.ts";
import type { DnsMessage, DnsResult } from "./mod.ts";
import { DNS_TYPE, responseMessage } from "./mod.ts";
import type { DnsWorld } from "./testing/dns-world.ts";
import { createDnsWorld } from "./testing/dns-world.ts";

const SECOND_US = 1_000_000;
const { CNAME, MX, TXT } = DNS_TYPE;
const address = (number: number) => ({ kind: "A", address: number }) as const;
const alias = (target: string) => ({ kind: "CNAME", target }) as const;

function said(result: DnsResult | undefined): string {
  if (result === undefined) return "nothing";
  if (result.kind === "error") return result.code;
  const data = result.records.map((record) =>
    record.data.kind === "A" ? record.data.address : "?",
  );
  return [...result.aliases, result.name, ...data].join(" ");
}

/** A world whose zone has www.example.org. */
function withZone(...options: Parameters<typeof createDnsWorld>): DnsWorld {
  const dns = createDnsWorld(...options);
  dns.add("www.example.org", 1, address(7));
  return dns;
}

t.test("records come back, and the second time from the cache", async (t) => {
  const dns = withZone();
  t.equal(said(dns.resolve("WWW.Example.org.")), "www.example.org 7");
  t.equal(said(dns.resolve("www.example.org")), "www.example.org 7");
  t.same(dns.asked, ["www.example.org 1"]);
  const cached = dns.resolve("www.example.org");
  t.equal(cached?.kind === "answer" && cached.records[0]?.ttlS, 180, "what is left of the time");
  dns.world.runFor(300 * SECOND_US);
  dns.resolve("www.example.org");
  t.equal(dns.asked.length, 2, "and not for longer than it says");
  t.match(dns.resolver.counters, { cacheHits: 2, cacheMisses: 2 });
});

t.test("no name and no data are different errors, and kept (RFC 2308)", async (t) => {
  const dns = withZone();
  t.equal(said(dns.resolve("gone.example.org")), "ENOTFOUND");
  t.equal(said(dns.resolve("www.example.org", MX)), "ENODATA");
  dns.asked.length = 0;
  t.equal(said(dns.resolve("gone.example.org", MX, SECOND_US)), "ENOTFOUND");
  t.equal(dns.asked.length, 1, "60 seconds were the minimum of the zone");
  t.equal(said(dns.resolve("gone.example.org", TXT, SECOND_US)), "ENOTFOUND");
  t.equal(dns.asked.length, 1);
});

t.test("a no without a start of authority is not kept", async (t) => {
  const dns = withZone();
  dns.answer = (query) => responseMessage(query, 3, []);
  t.equal(said(dns.resolve("gone.example.org")), "ENOTFOUND");
  t.equal(said(dns.resolve("gone.example.org")), "ENOTFOUND");
  t.equal(dns.asked.length, 2);
});

t.test("equal questions at one time are one query", async (t) => {
  const dns = withZone();
  const results: string[] = [];
  for (const name of ["www.example.org", "WWW.example.org", "www.example.org."]) {
    dns.resolver.resolve(name, 1, (result) => results.push(said(result)));
  }
  t.same(results, [], "never before the call returns");
  dns.world.runFor(SECOND_US);
  t.same(
    results,
    Array.from({ length: 3 }, () => "www.example.org 7"),
  );
  t.equal(dns.asked.length, 1);
  t.equal(dns.resolver.counters.coalesced, 2);
});

t.test("aliases are followed, in one answer and over several", async (t) => {
  const dns = withZone();
  dns.add("one.example.org", CNAME, alias("two.example.org"));
  dns.add("two.example.org", CNAME, alias("www.example.org"));
  t.equal(
    said(dns.resolve("one.example.org")),
    "one.example.org two.example.org www.example.org 7",
  );
  t.equal(dns.asked.length, 1);
  t.equal(said(dns.resolve("two.example.org")), "two.example.org www.example.org 7");
  t.equal(dns.asked.length, 1, "from the cache");
  dns.answer = (query) => {
    const { name } = query.questions[0]!;
    const data = name === "far.example.org" ? address(9) : alias("far.example.org");
    const type = data.kind === "A" ? 1 : CNAME;
    return responseMessage(query, 0, [{ name, type, class: 1, ttlS: 60, data }]);
  };
  t.equal(said(dns.resolve("near.example.org")), "near.example.org far.example.org 9");
  t.same(dns.asked.slice(1), ["near.example.org 1", "far.example.org 1"]);
});

t.test("a circle of aliases ends (RFC 1034 5.2.2)", async (t) => {
  const dns = createDnsWorld();
  dns.add("a.example.org", CNAME, alias("b.example.org"));
  dns.add("b.example.org", CNAME, alias("a.example.org"));
  t.equal(said(dns.resolve("a.example.org")), "ESERVFAIL");
  t.equal(said(dns.resolve("b.example.org")), "ESERVFAIL", "also in the cache");
});

t.test("a no at the end of an alias is the last name's", async (t) => {
  const dns = createDnsWorld();
  dns.add("a.example.org", CNAME, alias("gone.example.org"));
  t.equal(said(dns.resolve("a.example.org", 1, SECOND_US)), "ENOTFOUND");
  t.equal(said(dns.resolve("gone.example.org", 1, SECOND_US)), "ENOTFOUND");
  t.equal(dns.asked.length, 1);
  t.equal(said(dns.resolve("a.example.org", CNAME, SECOND_US)), "a.example.org ?");
});

t.test("records of other owners are not believed", async (t) => {
  const dns = withZone();
  dns.answer = (query) =>
    responseMessage(query, 0, [
      { name: "bank.example.org", type: 1, class: 1, ttlS: 60, data: address(66) },
      { name: query.questions[0]!.name, type: 1, class: 1, ttlS: 60, data: address(1) },
    ]);
  t.equal(said(dns.resolve("www.example.org")), "www.example.org 1");
  dns.resolve("bank.example.org");
  t.equal(dns.asked.length, 2);
});

t.test("answers that are not ours are passed over: id, question, direction, garbage", async (t) => {
  const dns = withZone();
  const wrong: ((answer: DnsMessage) => DnsMessage | Uint8Array)[] = [
    (answer) => ({ ...answer, id: answer.id ^ 1 }),
    (answer) => ({ ...answer, isResponse: false }),
    (answer) => ({ ...answer, questions: [{ ...answer.questions[0]!, type: 2 }] }),
    (answer) => ({ ...answer, questions: [{ ...answer.questions[0]!, name: "x" }] }),
    (answer) => ({ ...answer, questions: [] }),
    () => Uint8Array.of(1, 2, 3),
  ];
  const good = dns.answer;
  dns.answer = (query) => {
    const answer = good(query, "udp") as DnsMessage;
    return wrong.shift()?.(answer) ?? answer;
  };
  t.equal(said(dns.resolve("www.example.org", 1, 200 * SECOND_US)), "ETIMEOUT");
  t.equal(dns.resolver.counters.ignoredResponses, 4);
  t.equal(said(dns.resolve("www.example.org", 1, 200 * SECOND_US)), "www.example.org 7");
  t.equal(dns.resolver.counters.ignoredResponses, 6);
});

t.test("an answer from another address or port is not the server's", async (t) => {
  const dns = withZone();
  const good = dns.answer;
  dns.answer = () => undefined;
  dns.b.udp.setForwarder(undefined);
  let query: DnsMessage | undefined;
  dns.answer = (asked) => {
    query = asked;
    return undefined;
  };
  let found: DnsResult | undefined;
  dns.resolver.resolve("www.example.org", 1, (result) => (found = result));
  dns.world.runFor(1000);
  const { encodeMessage } = await import("./mod.ts");
  const bytes = encodeMessage(good(query!, "udp") as DnsMessage);
  const ports = [...dns.a.udp.sockets].map((socket) => socket.localPort);
  for (const port of ports) dns.b.udp.sendFrom(B, 54, A, port, bytes, 0, bytes.length);
  dns.world.runFor(1000);
  t.equal(found, undefined);
  for (const port of ports) dns.b.udp.sendFrom(B, 53, A, port, bytes, 0, bytes.length);
  dns.world.runFor(1000);
  t.equal(said(found), "www.example.org 7");
});

t.test("ids and ports are different for each query (RFC 5452)", async (t) => {
  const dns = createDnsWorld();
  const ports = new Set<number>();
  for (let index = 0; index < 50; index++) {
    dns.resolver.resolve(`n${index}.example.org`, 1, () => {});
  }
  dns.world.runFor(0);
  for (const socket of dns.a.udp.sockets) ports.add(socket.localPort);
  dns.world.runFor(SECOND_US);
  t.equal(new Set(dns.queries.map((query) => query.id)).size, 50);
  t.equal([...dns.a.udp.sockets].length, 0, "and all sockets are closed");
});

t.test("a silent server is asked again, with doubling waits, then it is a time-out", async (t) => {
  const dns = createDnsWorld({ timeoutUs: SECOND_US, attempts: 3 });
  dns.answer = () => undefined;
  let found: DnsResult | undefined;
  dns.resolver.resolve("www.example.org", 1, (result) => (found = result));
  dns.world.runFor(6.9 * SECOND_US);
  t.equal(found, undefined);
  t.equal(dns.asked.length, 3);
  dns.world.runFor(0.2 * SECOND_US);
  t.equal(said(found), "ETIMEOUT");
});

t.test("servers are asked in turn; errors lead to the next", async (t) => {
  const servers = [{ address: B, port: 5353 }, { address: B }];
  const dns = withZone({ servers });
  t.equal(
    said(dns.resolve("www.example.org", 1, SECOND_US)),
    "www.example.org 7",
    "nobody at 5353",
  );
  const codes = { ESERVFAIL: 2, ENOTIMP: 4, EREFUSED: 5, EBADRESP: 9, EFORMERR: 1 };
  for (const [code, rcode] of Object.entries(codes)) {
    const failing = createDnsWorld({ attempts: 2 });
    failing.answer = (query) => responseMessage(query, rcode, []);
    t.equal(said(failing.resolve("www.example.org")), code);
  }
});

t.test("when nobody can be reached the error says so", async (t) => {
  t.equal(said(createDnsWorld({ servers: [] }).resolve("a.org")), "ECONNREFUSED");
  const far = createDnsWorld({ servers: [{ address: 0x0808_0808 }] });
  t.equal(said(far.resolve("a.org")), "ECONNREFUSED", "no route");
  const closed = createDnsWorld({ servers: [{ address: B, port: 99 }] });
  t.equal(said(closed.resolve("a.org")), "ECONNREFUSED", "port unreachable");
});

t.test("a server that knows no EDNS is asked without it, from then on", async (t) => {
  const dns = withZone();
  const good = dns.answer;
  dns.answer = (query) =>
    query.edns === undefined
      ? good(query, "udp")
      : { ...responseMessage(query, 1, []), questions: [], edns: undefined };
  t.equal(said(dns.resolve("www.example.org")), "www.example.org 7");
  dns.resolve("other.example.org");
  t.same(
    dns.queries.map((query) => query.edns !== undefined),
    [true, false, false],
  );
  t.equal(dns.resolver.counters.ednsFallbacks, 1);
});

t.test("an answer that is too long for UDP is fetched over TCP", async (t) => {
  const dns = createDnsWorld();
  for (let index = 1; index <= 200; index++) dns.add("many.example.org", 1, address(index));
  const result = dns.resolve("many.example.org");
  t.equal(result?.kind === "answer" && result.records.length, 200);
  t.same(dns.asked, ["many.example.org 1", "tcp many.example.org 1"]);
  t.equal(dns.resolver.counters.tcpQueries, 1);
});

t.test("TCP that fails, lies or is not there is an error", async (t) => {
  const truncated = (query: DnsMessage) => ({
    ...responseMessage(query, 0, []),
    isTruncated: true,
  });
  const none = createDnsWorld({ attempts: 1 }, {}, { hasTcp: false });
  none.answer = truncated;
  t.equal(said(none.resolve("a.example.org")), "EBADRESP");
  const closing = createDnsWorld({ attempts: 1 });
  closing.answer = (query, transport) => (transport === "udp" ? truncated(query) : undefined);
  t.equal(said(closing.resolve("a.example.org")), "ECONNREFUSED");
  const lying = createDnsWorld({ attempts: 1 });
  lying.answer = (query, transport) =>
    transport === "udp" ? truncated(query) : Uint8Array.of(1, 2, 3);
  t.equal(said(lying.resolve("a.example.org")), "EBADRESP");
});

t.test("random capitals must come back as they were (0x20)", async (t) => {
  const dns = withZone({ use0x20: true });
  t.equal(said(dns.resolve("www.example.org")), "www.example.org 7");
  t.not(dns.asked[0], "www.example.org 1");
  const forging = withZone({ use0x20: true, attempts: 1 });
  const good = forging.answer;
  forging.answer = (query) => {
    const answer = good(query, "udp") as DnsMessage;
    const [question] = answer.questions;
    return { ...answer, questions: [{ ...question!, name: question!.name.toLowerCase() }] };
  };
  t.equal(said(forging.resolve("www.example.org")), "ETIMEOUT");
});

t.test("a referral is no answer", async (t) => {
  const dns = createDnsWorld({ attempts: 1 });
  dns.answer = (query) => ({
    ...responseMessage(
      query,
      0,
      [],
      [{ name: "org", type: 2, class: 1, ttlS: 60, data: { kind: "NS", target: "ns.org" } }],
    ),
    recursionAvailable: false,
  });
  t.equal(said(dns.resolve("www.example.org")), "ESERVFAIL");
});

t.test("requests are cancelled one by one and all together", async (t) => {
  const dns = withZone();
  const results: string[] = [];
  const ask = (name: string) =>
    dns.resolver.resolve(name, 1, (result) => results.push(`${name} ${said(result)}`));
  const { answer } = dns;
  dns.answer = () => undefined;
  ask("www.example.org")();
  const cancel = ask("a.example.org");
  ask("a.example.org");
  dns.world.runFor(0);
  cancel();
  dns.answer = answer;
  dns.world.runFor(5 * SECOND_US);
  t.same(results, ["a.example.org ENOTFOUND"], "the other one still got its answer");
  t.notOk(dns.asked.includes("www.example.org 1"), "nobody wanted that any more");
  dns.answer = () => undefined;
  ask("b.example.org");
  ask("c.example.org");
  dns.world.runFor(SECOND_US);
  dns.resolver.cancel();
  t.same(results.slice(1), ["b.example.org ECANCELLED", "c.example.org ECANCELLED"]);
  t.equal([...dns.a.udp.sockets].length, 0);
  dns.resolver.stop();
  ask("d.example.org");
  dns.world.runFor(SECOND_US);
  t.equal(results.at(-1), "d.example.org ECANCELLED");
});

t.test("bad names and too many requests are refused", async (t) => {
  const dns = createDnsWorld({}, { maxRequests: 2 });
  t.equal(said(dns.resolve("a..b")), "EBADNAME");
  const results: string[] = [];
  for (let index = 0; index < 3; index++) {
    dns.resolver.resolve(`n${index}.example.org`, 1, (result) => results.push(said(result)));
  }
  dns.world.runFor(SECOND_US);
  t.same(results, ["ENOMEM", "ENOTFOUND", "ENOTFOUND"]);
});

t.test("a new configuration asks new servers and forgets the cache", async (t) => {
  const dns = withZone();
  dns.resolve("www.example.org");
  dns.resolver.configure({ servers: [{ address: B, port: 53 }], search: ["example.org"] });
  t.equal(dns.resolver.cacheEntries, 1, "the same servers: what they said still holds");
  dns.resolver.configure({ servers: [] });
  t.equal(said(dns.resolve("www.example.org")), "ECONNREFUSED");
  t.equal(dns.resolver.cacheEntries, 0);
});
