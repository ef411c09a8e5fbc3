/** From a DNS query to its response: what is asked, and how what the host says looks on the wire. */
import {
  DNS_CLASS,
  DNS_RCODE,
  DNS_TYPE,
  type DnsMessage,
  type DnsRecord,
  MAX_MESSAGE_BYTES,
  MAX_UDP_BYTES,
  parseIpv6,
  type RecordData,
  responseMessage,
} from "../../components/dns/mod.ts";
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import type { HostRecord, HostRecordType, LookupResult } from "./host-sockets.ts";

/** The host's resolver does not say how long an answer holds; the host keeps it itself. */
const TTL_SECONDS = 30;
/** More over UDP than this helps nobody, even where the client says that it takes it. */
const LARGEST_UDP_BYTES = 4_096;

/** What can be asked of the host, by the type's number. */
const TYPES: ReadonlyMap<number, HostRecordType> = new Map([
  [DNS_TYPE.A, "A"],
  [DNS_TYPE.AAAA, "AAAA"],
  [DNS_TYPE.CAA, "CAA"],
  [DNS_TYPE.CNAME, "CNAME"],
  [DNS_TYPE.MX, "MX"],
  [DNS_TYPE.NAPTR, "NAPTR"],
  [DNS_TYPE.NS, "NS"],
  [DNS_TYPE.PTR, "PTR"],
  [DNS_TYPE.SOA, "SOA"],
  [DNS_TYPE.SRV, "SRV"],
  [DNS_TYPE.TXT, "TXT"],
]);

/** What a query asks: a look-up, or an answer that needs none. */
export type DnsVerdict =
  | { readonly kind: "ask"; readonly name: string; readonly type: HostRecordType }
  | { readonly kind: "answer"; readonly rcode: number }
  | { readonly kind: "drop" };

const refuse = (rcode: number): DnsVerdict => ({ kind: "answer", rcode });

/** Judges a query. A name is in lower case, without a dot at its end; the root is "". */
export function judgeQuery(query: DnsMessage): DnsVerdict {
  if (query.isResponse) return { kind: "drop" };
  const [question] = query.questions;
  if (query.edns !== undefined && query.edns.version > 0) return refuse(DNS_RCODE.BADVERS);
  if (query.opcode !== 0) return refuse(DNS_RCODE.NOTIMP);
  if (question === undefined || query.questions.length > 1) return refuse(DNS_RCODE.FORMERR);
  if (question.class !== DNS_CLASS.IN && question.class !== DNS_CLASS.ANY) {
    return refuse(DNS_RCODE.REFUSED);
  }
  const type = TYPES.get(question.type);
  if (type === undefined) return refuse(DNS_RCODE.NOTIMP);
  const name = question.name === "." ? "" : question.name.toLowerCase();
  return { kind: "ask", name, type };
}

/** @returns The response that says what the host found. */
export function answerQuery(query: DnsMessage, result: LookupResult): DnsMessage {
  switch (result.status) {
    case "ok":
      return responseMessage(query, DNS_RCODE.NOERROR, records(query, result.records));
    case "no-data":
      return responseMessage(query, DNS_RCODE.NOERROR, []);
    case "no-name":
      return responseMessage(query, DNS_RCODE.NXDOMAIN, []);
    case "failed":
      return responseMessage(query, DNS_RCODE.SERVFAIL, []);
    case "unsupported":
      return responseMessage(query, DNS_RCODE.NOTIMP, []);
  }
}

/** @returns How long a response may be (RFC 6891 6.2.3). */
export function maxResponseBytes(query: DnsMessage, transport: "udp" | "tcp"): number {
  if (transport === "tcp") return MAX_MESSAGE_BYTES;
  const offered = query.edns?.udpBytes ?? MAX_UDP_BYTES;
  return Math.min(Math.max(offered, MAX_UDP_BYTES), LARGEST_UDP_BYTES);
}

function records(query: DnsMessage, found: readonly HostRecord[]): DnsRecord[] {
  const { name } = query.questions[0]!;
  const answers: DnsRecord[] = [];
  for (const record of found) {
    const data = dataOf(record);
    if (data === undefined) continue;
    const ttlS = "ttlSeconds" in record ? (record.ttlSeconds ?? TTL_SECONDS) : TTL_SECONDS;
    answers.push({ name, type: DNS_TYPE[record.type], class: DNS_CLASS.IN, ttlS, data });
  }
  return answers;
}

/** @returns Undefined for what the host says and no packet can: an address with a zone, say. */
function dataOf(record: HostRecord): RecordData | undefined {
  switch (record.type) {
    case "A": {
      const address = parseIpv4(record.address);
      return address === undefined ? undefined : { kind: "A", address };
    }
    case "AAAA": {
      const bytes = parseIpv6(record.address);
      return bytes === undefined ? undefined : { kind: "AAAA", bytes };
    }
    case "CNAME":
    case "NS":
    case "PTR":
      return { kind: record.type, target: record.name || "." };
    case "MX":
      return { kind: "MX", preference: record.preference, exchange: record.exchange || "." };
    case "TXT":
      return { kind: "TXT", strings: record.strings.map(utf8) };
    case "SRV": {
      const { priority, weight, port, target } = record;
      return { kind: "SRV", priority, weight, port, target: target || "." };
    }
    case "SOA":
      return {
        kind: "SOA",
        primary: record.primary || ".",
        mailbox: record.mailbox || ".",
        serial: record.serial,
        refreshS: record.refresh,
        retryS: record.retry,
        expireS: record.expire,
        minimumS: record.minimum,
      };
    case "CAA": {
      const { tag, value, critical } = record;
      return { kind: "CAA", flags: critical ? 128 : 0, tag, value: utf8(value) };
    }
    case "NAPTR": {
      const { order, preference, flags, services, regexp, replacement } = record;
      return {
        kind: "NAPTR",
        order,
        preference,
        flags,
        services,
        regexp,
        replacement: replacement || ".",
      };
    }
  }
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text).subarray(0, 255);
}
