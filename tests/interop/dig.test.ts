/** Messages of our DNS codec, read and written by dig. */
import { execFile, execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import t from "tap";
import type { DnsMessage, DnsRecord, RecordData } from "../../components/dns/mod.ts";
import {
  DNS_TYPE,
  encodeMessage,
  parseIpv6,
  parseMessage,
  responseMessage,
} from "../../components/dns/mod.ts";

function isInstalled(): boolean {
  try {
    execFileSync("dig", ["-v"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const skip = isInstalled() ? false : "dig is not installed: the DNS codec goes unjudged";
const NAME = "x.example.org";
const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Each type: what we encode, and what dig makes of it. */
const RECORDS: readonly (readonly [type: string, data: RecordData, text: string])[] = [
  ["A", { kind: "A", address: 0xc000_0201 }, "192.0.2.1"],
  ["AAAA", { kind: "AAAA", bytes: parseIpv6("2001:db8::1")! }, "2001:db8::1"],
  ["CNAME", { kind: "CNAME", target: "www.example.org" }, "www.example.org."],
  ["NS", { kind: "NS", target: "ns.example.org" }, "ns.example.org."],
  ["PTR", { kind: "PTR", target: "a\\.b.example.org" }, "a\\.b.example.org."],
  ["MX", { kind: "MX", preference: 10, exchange: "mx.example.org" }, "10 mx.example.org."],
  ["TXT", { kind: "TXT", strings: [ascii("a b"), ascii('q"')] }, '"a b" "q\\""'],
  [
    "SRV",
    { kind: "SRV", priority: 1, weight: 2, port: 80, target: "s.example.org" },
    "1 2 80 s.example.org.",
  ],
  [
    "CAA",
    { kind: "CAA", flags: 128, tag: "issue", value: ascii("ca.example") },
    '128 issue "ca.example"',
  ],
  [
    "NAPTR",
    {
      kind: "NAPTR",
      order: 1,
      preference: 2,
      flags: "U",
      services: "E2U+sip",
      regexp: "!^.*$!sip:a@b!",
      replacement: ".",
    },
    '1 2 "U" "E2U+sip" "!^.*$!sip:a@b!" .',
  ],
  [
    "SOA",
    {
      kind: "SOA",
      primary: "ns.example.org",
      mailbox: "me.example.org",
      serial: 4_000_000_000,
      refreshS: 2,
      retryS: 3,
      expireS: 4,
      minimumS: 5,
    },
    "ns.example.org. me.example.org. 4000000000 2 3 4 5",
  ],
  ["TYPE4711", { kind: "UNKNOWN", bytes: Uint8Array.of(1, 2, 255) }, "\\# 3 0102FF"],
];

/** Answers queries on a port of the host until it is closed. */
async function serve(answer: (query: DnsMessage) => DnsMessage) {
  const queries: DnsMessage[] = [];
  const socket = createSocket("udp4", (bytes, from) => {
    const query = parseMessage(bytes);
    if (query === undefined) return;
    queries.push(query);
    socket.send(encodeMessage(answer(query), query.edns?.udpBytes ?? 512), from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address() as AddressInfo;
  const dig = async (...words: string[]): Promise<string> => {
    const fixed = ["@127.0.0.1", "-p", String(port), "+tries=1", "+time=5", "+norecurse"];
    const { stdout } = await promisify(execFile)("dig", [...fixed, ...words]);
    return stdout.trim();
  };
  return { queries, dig, close: () => socket.close() };
}

t.test("dig reads every type of record as we meant it", { skip }, async (t) => {
  const { close, dig } = await serve((query) => {
    const { type } = query.questions[0]!;
    const data = RECORDS.find(([name]) => (DNS_TYPE[name as "A"] ?? 4711) === type)?.[1];
    const record = { name: NAME, type, class: 1, ttlS: 60, data: data! };
    return responseMessage(query, 0, [record]);
  });
  t.teardown(close);
  for (const [type, , text] of RECORDS) t.equal(await dig("+short", NAME, type), text, type);
});

t.test("dig's query, with and without EDNS, is what it was asked for", { skip }, async (t) => {
  const { close, dig, queries } = await serve((query) => responseMessage(query, 3, []));
  t.teardown(close);
  await dig("+noedns", "+noad", "Example.ORG", "MX");
  t.match(queries[0], {
    isResponse: false,
    authenticData: false,
    questions: [{ name: "Example.ORG", type: DNS_TYPE.MX, class: 1 }],
    edns: undefined,
  });
  const text = await dig("+bufsize=4000", "+dnssec", "+cd", "example.org");
  t.match(queries[1], { checkingDisabled: true, edns: { udpBytes: 4000, dnssecOk: true } });
  t.match(text, /status: NXDOMAIN/);
  t.match(text, /EDNS: version: 0, flags:; udp: 1232/);
  t.notMatch(text, /malformed|extra bytes|WARNING: Message/);
});

t.test("dig finds no fault with a long answer full of pointers", { skip }, async (t) => {
  const answers: DnsRecord[] = Array.from({ length: 60 }, (_, index) => ({
    name: index % 2 === 0 ? NAME : `y${index}.${NAME}`,
    type: DNS_TYPE.MX,
    class: 1,
    ttlS: 60,
    data: { kind: "MX", preference: index, exchange: `mx${index}.${NAME}` },
  }));
  const { close, dig } = await serve((query) => responseMessage(query, 0, answers));
  t.teardown(close);
  const text = await dig("+noall", "+answer", "+bufsize=4096", NAME, "MX");
  t.equal(text.split("\n").length, 60);
  t.match(
    text.split("\n")[59],
    /^y59\.x\.example\.org\.\s+60\s+IN\s+MX\s+59 mx59\.x\.example\.org\.$/,
  );
  const cut = await dig("+ignore", "+noedns", NAME, "MX");
  t.match(cut, /flags: qr tc/);
});
