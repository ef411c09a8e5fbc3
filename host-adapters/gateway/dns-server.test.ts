import t from "tap";
import {
  DNS_RCODE,
  DNS_TYPE,
  type DnsMessage,
  encodeMessage,
  parseMessage,
  queryMessage,
} from "../../components/dns/mod.ts";
import { createGatewayCounters } from "./counters.ts";
import { createDnsAnswerer } from "./dns-server.ts";
import type { HostRecord, LookupResult } from "./host-sockets.ts";
import { NameService } from "./name-service.ts";
import { createGatewayNetwork } from "./network.ts";
import { FakeSockets } from "./testing/fake-sockets.ts";

/** A name server whose host gives one answer to everything. */
function createServer(result: LookupResult = { status: "no-name" }) {
  const sockets = new FakeSockets();
  const counters = createGatewayCounters();
  const names = new NameService({ sockets, network: createGatewayNetwork(), maxQueries: 10 });
  const answer = createDnsAnswerer(names, counters);
  const ask = (bytes: Uint8Array, transport: "udp" | "tcp" = "udp"): Uint8Array | undefined => {
    let found: Uint8Array | undefined;
    answer(bytes, transport, (response) => (found = response));
    for (const question of sockets.questions.splice(0)) question.done(result);
    return found;
  };
  return { ask, counters };
}

const query = (type: number, name: string = "example.org", useEdns: boolean = false): DnsMessage =>
  queryMessage(7, { name, type, class: 1 }, useEdns);
const addresses = (count: number): HostRecord[] =>
  Array.from({ length: count }, (_, index) => ({ type: "A", address: `192.0.2.${index}` }));

t.test("the question comes back as it was asked, with its letters", async (t) => {
  const { ask } = createServer({ status: "ok", records: addresses(1) });
  const response = parseMessage(ask(encodeMessage(query(DNS_TYPE.A, "eXample.ORG")))!);
  t.match(response, {
    id: 7,
    isResponse: true,
    recursionDesired: true,
    recursionAvailable: true,
    rcode: DNS_RCODE.NOERROR,
    questions: [{ name: "eXample.ORG" }],
    answers: [{ name: "eXample.ORG", type: DNS_TYPE.A, ttlS: 30, data: { address: 0xc0000200 } }],
  });
});

t.test("what the host says becomes the response code", async (t) => {
  for (const [status, rcode] of [
    ["no-data", DNS_RCODE.NOERROR],
    ["no-name", DNS_RCODE.NXDOMAIN],
    ["failed", DNS_RCODE.SERVFAIL],
    ["unsupported", DNS_RCODE.NOTIMP],
  ] as const) {
    const { ask, counters } = createServer({ status });
    const response = parseMessage(ask(encodeMessage(query(DNS_TYPE.A)))!);
    t.match(response, { rcode, answers: [] }, status);
    t.equal(counters.dnsFailed, status === "failed" ? 1 : 0);
  }
});

t.test("an answer that is too long for UDP says so, and is whole over TCP", async (t) => {
  const { ask } = createServer({ status: "ok", records: addresses(100) });
  const plain = ask(encodeMessage(query(DNS_TYPE.A)))!;
  t.ok(plain.length <= 512);
  t.match(parseMessage(plain), { isTruncated: true });
  const edns = ask(encodeMessage(query(DNS_TYPE.A, "example.org", true)))!;
  t.ok(edns.length > 512 && edns.length <= 1_232);
  const whole = parseMessage(ask(encodeMessage(query(DNS_TYPE.A)), "tcp")!);
  t.equal(whole?.answers.length, 100);
  t.equal(whole?.isTruncated, false);
});

t.test("what can't be served is refused with the code that says why", async (t) => {
  const { ask } = createServer();
  const [question] = query(DNS_TYPE.A).questions;
  for (const [change, rcode] of [
    [{ opcode: 2 }, DNS_RCODE.NOTIMP],
    [{ questions: [] }, DNS_RCODE.FORMERR],
    [{ questions: [question!, question!] }, DNS_RCODE.FORMERR],
    [{ questions: [{ ...question!, class: 3 }] }, DNS_RCODE.REFUSED],
    [{ questions: [{ ...question!, type: 65 }] }, DNS_RCODE.NOTIMP],
    [{ questions: [{ ...question!, type: DNS_TYPE.ANY }] }, DNS_RCODE.NOTIMP],
    [{ edns: { udpBytes: 1232, version: 1, dnssecOk: false, options: [] } }, DNS_RCODE.BADVERS],
  ] as const) {
    const response = parseMessage(ask(encodeMessage({ ...query(DNS_TYPE.A), ...change }))!);
    t.equal(response?.rcode, rcode, JSON.stringify(change));
  }
});

t.test("what can't be read gets FORMERR, and a response gets nothing", async (t) => {
  const { ask } = createServer();
  const bytes = encodeMessage(query(DNS_TYPE.A));
  const broken = ask(bytes.subarray(0, 20))!;
  t.same([...broken.subarray(0, 4)], [0, 7, 0x81, 0x81]);
  t.equal(ask(bytes.subarray(0, 11)), undefined);
  t.equal(ask(encodeMessage({ ...query(DNS_TYPE.A), isResponse: true })), undefined);
});

t.test("every kind of record can be said", async (t) => {
  const records: HostRecord[] = [
    { type: "AAAA", address: "2001:db8::1" },
    { type: "CNAME", name: "a.example" },
    { type: "MX", preference: 5, exchange: "mail.example" },
    { type: "TXT", strings: ["text", "ö", "x".repeat(300)] },
    { type: "SRV", priority: 1, weight: 2, port: 3, target: "" },
    { type: "CAA", critical: true, tag: "issue", value: "ca.example" },
    {
      type: "NAPTR",
      order: 1,
      preference: 2,
      flags: "u",
      services: "s",
      regexp: "r",
      replacement: "",
    },
    { type: "AAAA", address: "fe80::1%eth0" },
  ];
  const { ask } = createServer({ status: "ok", records });
  const response = parseMessage(ask(encodeMessage(query(DNS_TYPE.TXT)), "tcp")!);
  t.same(
    response?.answers.map(({ data }) => data.kind),
    ["AAAA", "CNAME", "MX", "TXT", "SRV", "CAA", "NAPTR"],
    "an address that no packet can say is left out",
  );
});
