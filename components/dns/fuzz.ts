import type { FuzzTarget } from "../testing/fuzz.ts";
import { lazy } from "../testing/hostile-wire.ts";
import { formatIpv6, parseIpv6 } from "./address-text.ts";
import { parseHosts } from "./hosts.ts";
import { interpret } from "./interpret.ts";
import { encodeMessage, parseMessage, queryMessage, responseMessage } from "./message.ts";
import { canonicalName, labelsOf } from "./name.ts";
import type { DnsRecord, RecordData } from "./record.ts";
import { searchNames } from "./search.ts";
import { createDnsWorld } from "./testing/dns-world.ts";
import { DNS_TYPE } from "./wire.ts";

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function record(type: number, data: RecordData): DnsRecord {
  return { name: "www.example.org", type, class: 1, ttlS: 300, data };
}

const QUERY = queryMessage(1, { name: "www.example.org", type: DNS_TYPE.A, class: 1 }, true);
const RECORDS: DnsRecord[] = [
  record(DNS_TYPE.CNAME, { kind: "CNAME", target: "web.example.org" }),
  record(DNS_TYPE.A, { kind: "A", address: 0x0102_0304 }),
  record(DNS_TYPE.AAAA, { kind: "AAAA", bytes: new Uint8Array(16) }),
  record(DNS_TYPE.MX, { kind: "MX", preference: 10, exchange: "mail.example.org" }),
  record(DNS_TYPE.TXT, { kind: "TXT", strings: [bytesOf("v=spf1"), bytesOf("")] }),
  record(DNS_TYPE.SRV, { kind: "SRV", priority: 1, weight: 2, port: 3, target: "a.example.org" }),
  record(DNS_TYPE.CAA, { kind: "CAA", flags: 0, tag: "issue", value: bytesOf("ca.example") }),
  record(DNS_TYPE.NAPTR, {
    kind: "NAPTR",
    order: 1,
    preference: 2,
    flags: "U",
    services: "E2U+sip",
    regexp: "!^.*$!sip:a@b!",
    replacement: ".",
  }),
  record(DNS_TYPE.SOA, {
    kind: "SOA",
    primary: "ns.example.org",
    mailbox: "me.example.org",
    serial: 1,
    refreshS: 2,
    retryS: 3,
    expireS: 4,
    minimumS: 5,
  }),
  record(4711, { kind: "UNKNOWN", bytes: bytesOf("xyz") }),
];

/** A resolver whose only server answers with whatever the input is. */
const hostile = lazy(() => {
  const dns = createDnsWorld({ attempts: 1, timeoutUs: 1_000 }, { maxCacheEntries: 16 });
  let bytes: Uint8Array = new Uint8Array(0);
  dns.answer = (query) => {
    const answer = bytes.slice(0, 60_000);
    if (answer.length >= 2) answer.set([query.id >> 8, query.id & 255]);
    return answer;
  };
  return (input: Uint8Array): void => {
    bytes = input;
    let answers = 0;
    for (const type of [DNS_TYPE.A, DNS_TYPE.MX]) {
      dns.resolver.resolve("www.example.org", type, () => answers++);
    }
    dns.resolver.lookup("www.example.org", [4, 6], () => answers++);
    dns.world.runFor(1_000_000);
    dns.asked.length = 0;
    dns.queries.length = 0;
    if (answers !== 3) throw new Error(`${answers} answers to three requests`);
  };
});

export const fuzz: FuzzTarget[] = [
  {
    name: "dns message",
    seeds: [
      encodeMessage(QUERY),
      encodeMessage(responseMessage(QUERY, 0, RECORDS)),
      encodeMessage(responseMessage(QUERY, 3, [], RECORDS.slice(-2))),
    ],
    run(bytes) {
      const message = parseMessage(bytes);
      if (message === undefined) return;
      interpret(message, "www.example.org", DNS_TYPE.A, 8);
      const again = encodeMessage(message);
      // Names that pointers made short may be too long for one message when written out.
      if (again.length > 65_535) return;
      const meaning = JSON.stringify(parseMessage(again));
      if (meaning !== JSON.stringify(message)) throw new Error(meaning);
      const cut = encodeMessage(message, 512);
      if (parseMessage(cut) === undefined) throw new Error("the cut message is malformed");
    },
  },
  {
    name: "dns resolver",
    seeds: [
      encodeMessage(responseMessage(QUERY, 0, RECORDS)),
      encodeMessage(responseMessage(QUERY, 0, RECORDS.slice(0, 1))),
      encodeMessage(responseMessage(QUERY, 3, [], RECORDS.slice(-2))),
      encodeMessage({ ...responseMessage(QUERY, 0, []), isTruncated: true }),
      encodeMessage({ ...responseMessage(QUERY, 1, []), questions: [] }),
    ],
    run: (bytes) => hostile()(bytes),
  },
  {
    name: "dns text",
    seeds: [
      "www.example.org",
      "a\\.b.c\\032d.",
      "fe80::1:2",
      "::ffff:1.2.3.4",
      "1.2.3.4 a b\n# c",
    ].map(bytesOf),
    run(bytes) {
      const text = String.fromCharCode(...bytes.subarray(0, 4096));
      labelsOf(text);
      canonicalName(text);
      searchNames(text, ["example.org"], 1);
      parseHosts(text);
      const address = parseIpv6(text);
      if (address === undefined) return;
      const again = parseIpv6(formatIpv6(address));
      if (String(again) !== String(address)) throw new Error(text);
    },
  },
];
