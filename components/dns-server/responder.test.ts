import t from "tap";
import { parseMessage, type DnsMessage, type DnsRecord } from "../dns/mod.ts";
import { fuzz } from "./fuzz.ts";
import { DNS_SERVER_LIMITS } from "./limits.ts";
import { DnsResponder } from "./responder.ts";
import { EXAMPLE_ZONE, queryBytes, zoneOf } from "./testing/zones.ts";

const [A, NS, CNAME, SOA, MX, TXT, AAAA, SRV, DS, ANY] = [1, 2, 5, 6, 15, 16, 28, 33, 43, 255];
const server = new DnsResponder([zoneOf(EXAMPLE_ZONE)]);

function respond(query: Uint8Array, isTcp = false, by = server): DnsMessage | undefined {
  // Not at the beginning of the memory, as in packet memory.
  const memory = new Uint8Array(query.length + 9);
  memory.set(query, 5);
  const length = by.respond(memory, 5, query.length, isTcp);
  return length === 0 ? undefined : parseMessage(by.response.slice(0, length));
}

const ask = (name: string, type: number, by = server): DnsMessage =>
  respond(queryBytes(name, type), false, by)!;

function brief({ name, type, ttlS, data }: DnsRecord): string {
  const value =
    "target" in data ? ` ${data.target}` : "exchange" in data ? ` ${data.exchange}` : "";
  return `${name} ${ttlS} ${type}${value}`;
}

/** Return code, AA, and the records of the three sections. */
function meaning(message: DnsMessage): unknown[] {
  const { rcode, isAuthoritative, answers, authorities, additionals } = message;
  return [rcode, isAuthoritative, ...[answers, authorities, additionals].map((s) => s.map(brief))];
}

const SOA_LINE = [`example.org 300 ${SOA}`];

t.test("a name's records answer, with the case of the question (RFC 1034, 4.3.2)", async (t) => {
  t.same(meaning(ask("Web.Example.ORG", A)), [
    0,
    true,
    ["Web.Example.ORG 60 1", "Web.Example.ORG 60 1"],
    [],
    [],
  ]);
  t.same(ask("Web.Example.ORG", A).questions, [{ name: "Web.Example.ORG", type: A, class: 1 }]);
});

t.test("mail, names and services come with addresses, in the case of the file", async (t) => {
  t.same(meaning(ask("example.org", MX)).slice(2), [
    ["example.org 3600 15 Mail.example.org"],
    [],
    ["Mail.example.org 3600 1"],
  ]);
  const addresses = [`ns1.example.org 3600 ${A}`, `ns1.example.org 3600 ${AAAA}`];
  t.same(meaning(ask("example.org", NS))[4], addresses);
  t.same(meaning(ask("_s._tcp.example.org", SRV))[4], addresses);
});

t.test("no name and no data come with the SOA and its least TTL (RFC 2308)", async (t) => {
  t.same(meaning(ask("x.y.example.org", A)), [3, true, [], SOA_LINE, []]);
  t.same(meaning(ask("web.example.org", AAAA)), [0, true, [], SOA_LINE, []]);
  t.same(meaning(ask("a.c.example.org", A)), [3, true, [], SOA_LINE, []], "no such name");
  t.same(meaning(ask("a.b.example.org", A)), [0, true, [], SOA_LINE, []], "a name without records");
});

t.test("aliases lead on within our zones, to data or to no data (RFC 6604)", async (t) => {
  const chain = [
    `chain.example.org 3600 ${CNAME} chain2.example.org`,
    `chain2.example.org 3600 ${CNAME} www.example.org`,
    `www.example.org 3600 ${CNAME} web.example.org`,
  ];
  const found = ["web.example.org 60 1", "web.example.org 60 1"];
  t.same(meaning(ask("chain.example.org", A)), [0, true, [...chain, ...found], [], []]);
  t.same(meaning(ask("chain.example.org", AAAA)), [0, true, chain, SOA_LINE, []]);
  t.same(meaning(ask("chain.example.org", 4711)), [0, true, chain, SOA_LINE, []]);
  t.same(meaning(ask("chain.example.org", CNAME))[2], chain.slice(0, 1));
  const away = [`away.example.org 3600 ${CNAME} www.example.net`];
  t.same(meaning(ask("away.example.org", A)), [0, true, away, [], []]);
  const lost = [`lost.example.org 3600 ${CNAME} nothing.example.org`];
  t.same(meaning(ask("lost.example.org", A)), [3, true, lost, SOA_LINE, []]);
  t.equal(ask("loop.example.org", A).answers.length, 2, "a loop ends");
  const below = meaning(ask("below.example.org", A));
  t.same(below.slice(0, 3), [0, true, [`below.example.org 3600 ${CNAME} host.sub.example.org`]]);
  t.equal((below[3] as string[]).length, 2, "the delegation on the way");
});

t.test("a chain is as long as the limit says", async (t) => {
  const limits = { ...DNS_SERVER_LIMITS, maxAliases: 1 };
  const short = new DnsResponder([zoneOf(EXAMPLE_ZONE)], limits);
  t.equal(ask("chain.example.org", A, short).answers.length, 2);
});

t.test("a wildcard stands for names that are not there, and no others (RFC 4592)", async (t) => {
  const [rcode, , answers] = meaning(ask("a.B.wild.example.org", TXT));
  t.same([rcode, answers], [0, [`a.B.wild.example.org 3600 ${TXT}`]]);
  t.same(meaning(ask("x.wild.example.org", A)), [0, true, [], SOA_LINE, []], "no data");
  t.same(meaning(ask("wild.example.org", TXT)), [0, true, [], SOA_LINE, []], "its parent");
  t.equal(ask("x.host.wild.example.org", TXT).rcode, 3, "below a name that is there");
  t.same(meaning(ask("*.wild.example.org", MX))[2], [
    `*.wild.example.org 3600 ${MX} mail.example.org`,
  ]);
  t.same(meaning(ask("longer-than-before.wild.example.org", MX)).slice(2), [
    [`longer-than-before.wild.example.org 3600 ${MX} mail.example.org`],
    [],
    [`mail.example.org 3600 ${A}`],
  ]);
  t.same(meaning(ask("x.alias.example.org", A))[2], [
    `x.alias.example.org 3600 ${CNAME} web.example.org`,
    `web.example.org 60 ${A}`,
    `web.example.org 60 ${A}`,
  ]);
});

t.test("below a delegation there is a referral with glue, without AA", async (t) => {
  const referral = [
    0,
    false,
    [],
    [`sub.example.org 3600 ${NS} ns.sub.example.org`, `sub.example.org 3600 ${NS} ns1.example.org`],
    [`ns.sub.example.org 3600 ${A}`, `ns1.example.org 3600 ${A}`, `ns1.example.org 3600 ${AAAA}`],
  ];
  for (const name of ["sub.example.org", "ns.sub.example.org", "x.y.z.sub.example.org"]) {
    t.same(meaning(ask(name, A)), referral, name);
  }
  t.same(meaning(ask("sub.example.org", DS)), [0, true, [], SOA_LINE, []], "DS is the parent's");
  t.same(meaning(ask("x.lame.example.org", A))[3], [`lame.example.org 3600 ${NS} ns.example.net`]);
});

t.test("ANY gets one set (RFC 8482)", async (t) => {
  t.same(meaning(ask("example.org", ANY))[2], [`example.org 3600 ${SOA}`]);
  t.same(meaning(ask("b.a.example.org", ANY))[0], 3);
  t.same(meaning(ask("a.b.example.org", ANY)), [0, true, [], SOA_LINE, []]);
});

t.test("a child zone of ours answers for itself, the parent's word does not count", async (t) => {
  const child = "$TTL 9\n@ SOA a b 1 2 3 4 5\n@ NS ns\nns A 192.0.2.7\n@ A 192.0.2.8\n";
  const zones = [zoneOf(child, "sub.example.org"), zoneOf(EXAMPLE_ZONE)];
  for (const order of [zones, zones.toReversed()]) {
    const both = new DnsResponder(order);
    t.same(meaning(ask("sub.example.org", A, both)).slice(0, 3), [
      0,
      true,
      ["sub.example.org 9 1"],
    ]);
    t.same(meaning(ask("ns.sub.example.org", A, both))[2], ["ns.sub.example.org 9 1"]);
    t.equal(ask("x.sub.example.org", A, both).rcode, 3);
  }
  t.throws(() => new DnsResponder([zones[0]!, zones[0]!]), /are both the zone sub\.example\.org/);
  const limits = { ...DNS_SERVER_LIMITS, maxRecords: 10 };
  t.throws(() => new DnsResponder(zones, limits), /the zones have \d+ records/);
});

t.test("the root can be a zone", async (t) => {
  const root = new DnsResponder([
    zoneOf("$TTL 1\n. SOA a. b. 1 2 3 4 5\n. NS a.\na. A 1.2.3.4", "."),
  ]);
  t.same(meaning(ask(".", NS, root))[2], [`. 1 ${NS} a`]);
  t.same(meaning(ask("a", A, root))[2], ["a 1 1"]);
  t.equal(ask("x.y", A, root).rcode, 3);
});

t.test("names are found whatever is in their labels", async (t) => {
  const odd = new DnsResponder([
    zoneOf("$TTL 1\n@ SOA a b 1 2 3 4 5\n@ NS x.\na\\.b A 1.2.3.4\n\\000\\255 A 1.2.3.4\n"),
  ]);
  t.equal(ask("A\\.b.example.org", A, odd).answers.length, 1);
  t.equal(ask("a.b.example.org", A, odd).rcode, 3);
  t.equal(ask("\\000\\255.example.org", A, odd).answers.length, 1);
  const longest = `${"x".repeat(63)}.${"x".repeat(63)}.${"x".repeat(63)}.${"x".repeat(49)}.example.org`;
  t.equal(ask(longest, A, odd).rcode, 3, "255 bytes");
});

t.test("what is asked otherwise is refused by the right code", async (t) => {
  const edit = (change: (bytes: Uint8Array) => void): number | undefined => {
    const bytes = queryBytes("example.org", A);
    change(bytes);
    return respond(bytes)?.rcode;
  };
  const classAt = queryBytes("example.org", A).length - 1;
  t.equal(ask("example.com", A).rcode, 5, "REFUSED: no zone of ours");
  t.equal(ask("org", A).rcode, 5);
  t.equal(ask(".", A).rcode, 5);
  t.equal(ask("example.org", 252).rcode, 5, "AXFR");
  t.equal(ask("example.org", 251).rcode, 5, "IXFR");
  t.equal(ask("example.org", 254).rcode, 4, "MAILA");
  t.equal(ask("example.org", 41).rcode, 1, "OPT");
  t.equal(
    edit((bytes) => (bytes[classAt] = 3)),
    5,
    "class CH",
  );
  t.equal(
    edit((bytes) => (bytes[2] = 5 << 3)),
    4,
    "an update",
  );
  t.equal(
    edit((bytes) => (bytes[5] = 0)),
    1,
    "no question",
  );
  t.equal(
    edit((bytes) => (bytes[5] = 2)),
    1,
    "two questions (RFC 9619)",
  );
  t.equal(
    edit((bytes) => (bytes[12] = 0xc0)),
    1,
    "a pointer in the question",
  );
  t.equal(
    edit((bytes) => (bytes[12] = 64)),
    1,
    "a label of 64 bytes",
  );
  t.equal(
    edit((bytes) => (bytes[7] = 1)),
    1,
    "a record that is not there",
  );
  t.equal(
    edit((bytes) => (bytes[2] = 0x80)),
    undefined,
    "a response is not answered",
  );
  t.equal(respond(new Uint8Array(11)), undefined);
  t.equal(respond(new Uint8Array(4_097)), undefined);
});

t.test("EDNS is answered with our size and the client's DO (RFC 6891, RFC 3225)", async (t) => {
  const with_ = (edns: { udpBytes: number; dnssecOk?: boolean; version?: number }) =>
    respond(queryBytes("example.org", A, edns))!;
  t.match(with_({ udpBytes: 4_096 }), {
    rcode: 0,
    edns: { udpBytes: 1_232, version: 0, dnssecOk: false },
  });
  t.match(with_({ udpBytes: 0, dnssecOk: true }), { rcode: 0, edns: { dnssecOk: true } });
  t.match(with_({ udpBytes: 1_232, version: 1 }), { rcode: 16, answers: [], edns: { version: 0 } });
  t.equal(ask("example.org", A).edns, undefined);
  const plain = queryBytes("example.org", A);
  const withRecords = (...records: number[]): number | undefined => {
    const bytes = Uint8Array.from([...plain, ...records]);
    bytes[11] = records.length > 15 && records[2] === 41 && records[13] === 41 ? 2 : 1;
    return respond(bytes)?.rcode;
  };
  const opt = [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0];
  t.equal(withRecords(...opt), 0);
  t.equal(withRecords(...opt, ...opt), 1, "two");
  t.equal(withRecords(1, 120, ...opt), 1, "of a name");
  t.equal(withRecords(...opt.slice(0, 10), 4, 0, 10, 0, 0), 0, "an option that we do not know");
  t.equal(withRecords(...opt.slice(0, 10), 4, 0, 10, 0, 1), 1, "an option that is cut");
  t.equal(withRecords(...opt.slice(0, 10), 4, 0, 10), 1, "data that is cut");
});

t.test("what comes back is what was sent: id, RD and CD, not AD", async (t) => {
  const bytes = queryBytes("example.org", A);
  bytes.set([0xab, 0xcd, 0x01, 0x30]);
  t.match(respond(bytes), {
    id: 0xabcd,
    recursionDesired: true,
    recursionAvailable: false,
    checkingDisabled: true,
    authenticData: false,
  });
});

t.test("what does not fit a datagram is cut, and comes over TCP (RFC 2181, 9)", async (t) => {
  const cut = respond(queryBytes("long.example.org", TXT, { udpBytes: 4_096 }))!;
  t.match(cut, { isTruncated: true, answers: [], rcode: 0, edns: { udpBytes: 1_232 } });
  t.equal(server.counters.truncated, 1);
  const whole = respond(queryBytes("long.example.org", TXT), true)!;
  t.match(whole, { isTruncated: false });
  t.equal(whole.answers.length, 40);
});

t.test(
  "additional records are left out unmarked, glue is not (RFC 2181, 9; RFC 9471)",
  async (t) => {
    const mx = Array.from(
      { length: 20 },
      (_, index) => `m MX ${index} host${index}\nhost${index} A 1.1.1.1`,
    );
    const ns = Array.from(
      { length: 20 },
      (_, index) => `d NS ns${index}.d\nns${index}.d A 1.1.1.1`,
    );
    const text = `$TTL 1\n@ SOA a b 1 2 3 4 5\n@ NS x.\n${[...mx, ...ns].join("\n")}\n`;
    const full = new DnsResponder([zoneOf(text)]);
    t.match(ask("m.example.org", MX, full), { isTruncated: false, additionals: [] });
    t.equal(ask("m.example.org", MX, full).answers.length, 20);
    t.match(ask("d.example.org", A, full), { isTruncated: true, authorities: [] });
  },
);

t.test("answers are the same when there is no room to keep them", async (t) => {
  const forgetful = new DnsResponder([zoneOf(EXAMPLE_ZONE)], {
    ...DNS_SERVER_LIMITS,
    maxKeptBytes: 0,
  });
  for (const name of ["www", "x", "chain", "a.wild", "b.sub", "web"]) {
    for (const type of [A, MX, TXT, ANY]) {
      const query = `${name}.example.org`;
      t.same(ask(query, type, forgetful), ask(query, type), `${query} ${type}`);
    }
  }
});

t.test("no cut or changed query makes the server throw", async () => {
  const target = fuzz.find(({ name }) => name === "dns server query")!;
  for (const seed of target.seeds) {
    for (let length = 0; length <= seed.length; length++) target.run(seed.subarray(0, length));
    for (let at = 0; at < seed.length; at++) {
      for (const value of [0, 1, 63, 64, 192, 255]) target.run(seed.with(at, value));
    }
  }
});
