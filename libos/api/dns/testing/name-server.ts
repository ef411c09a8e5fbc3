/** A name server over any `dgram`, for tests: the same zone answers Node's resolver and ours. */
import type dgram from "node:dgram";
import { encodeMessage, parseMessage, responseMessage } from "../../../../components/dns/mod.ts";
import {
  DNS_RCODE,
  DNS_TYPE,
  type DnsRecord,
  type RecordData,
} from "../../../../components/dns/mod.ts";
import { happened } from "../../shared/testing/journal.ts";

const IN = 1;
const TTL_S = 300;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function record(name: string, type: number, data: RecordData): DnsRecord {
  return { name, type, class: IN, ttlS: TTL_S, data };
}

const NAME = "all.example";

/** What the server knows. */
export const ZONE: readonly DnsRecord[] = [
  record(NAME, DNS_TYPE.A, { kind: "A", address: 0xc0000201 }),
  record(NAME, DNS_TYPE.A, { kind: "A", address: 0xc0000202 }),
  record(NAME, DNS_TYPE.AAAA, {
    kind: "AAAA",
    bytes: Uint8Array.from([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
  }),
  record(NAME, DNS_TYPE.MX, { kind: "MX", preference: 10, exchange: "mail.example" }),
  record(NAME, DNS_TYPE.TXT, { kind: "TXT", strings: [text("one"), text("two")] }),
  record(NAME, DNS_TYPE.NS, { kind: "NS", target: "ns.example" }),
  record(NAME, DNS_TYPE.SOA, {
    kind: "SOA",
    primary: "ns.example",
    mailbox: "root.example",
    serial: 7,
    refreshS: 1,
    retryS: 2,
    expireS: 3,
    minimumS: 4,
  }),
  record(NAME, DNS_TYPE.SRV, {
    kind: "SRV",
    priority: 1,
    weight: 2,
    port: 80,
    target: "web.example",
  }),
  record(NAME, DNS_TYPE.CAA, { kind: "CAA", flags: 0, tag: "issue", value: text("ca.example") }),
  record(NAME, DNS_TYPE.NAPTR, {
    kind: "NAPTR",
    order: 1,
    preference: 2,
    flags: "s",
    services: "SIP+D2U",
    regexp: "",
    replacement: "sip.example",
  }),
  record(NAME, 52, { kind: "UNKNOWN", bytes: Uint8Array.of(3, 1, 1, 9, 8, 7) }),
  record("mail.example", DNS_TYPE.A, { kind: "A", address: 0xc0000203 }),
  record("alias.example", DNS_TYPE.CNAME, { kind: "CNAME", target: NAME }),
  record("1.2.0.192.in-addr.arpa", DNS_TYPE.PTR, { kind: "PTR", target: NAME }),
];

/** Names that the server answers with an error; "silent.example" gets no answer. */
const FAILURES: Readonly<Record<string, number>> = {
  "servfail.example": DNS_RCODE.SERVFAIL,
  "refused.example": DNS_RCODE.REFUSED,
  "notimp.example": DNS_RCODE.NOTIMP,
};

/** Starts the server on 127.0.0.1. @returns "127.0.0.1:port". */
export async function startNameServer(
  module: typeof dgram,
): Promise<{ address: string; stop(): void }> {
  const socket = module.createSocket("udp4");
  socket.on("message", (bytes, remote) => {
    const query = parseMessage(bytes);
    const question = query?.questions[0];
    if (query === undefined || question === undefined) return;
    const name = question.name.toLowerCase();
    if (name === "silent.example") return;
    const own = ZONE.filter((entry) => entry.name === name);
    const answers = own.filter(
      ({ type }) => type === question.type || type === DNS_TYPE.CNAME || question.type === 255,
    );
    const alias = answers.find(({ data }) => data.kind === "CNAME");
    const followed =
      alias?.data.kind === "CNAME" && question.type !== DNS_TYPE.CNAME ? alias.data.target : "";
    answers.push(...ZONE.filter((e) => e.name === followed && e.type === question.type));
    const missing = own.length === 0 ? DNS_RCODE.NXDOMAIN : DNS_RCODE.NOERROR;
    const rcode = FAILURES[name] ?? missing;
    socket.send(encodeMessage(responseMessage(query, rcode, answers)), remote.port, remote.address);
  });
  socket.bind(0, "127.0.0.1");
  await happened(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    stop: () => void socket.close(),
  };
}
