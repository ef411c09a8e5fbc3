/** Records of the DNS component in the shapes that Node's `dns` gives them. */
import { Buffer } from "buffer";
import { type DnsRecord, formatIpv6, type RecordData } from "../../../components/dns/mod.ts";
import { formatIPv4 } from "../shared/ip-text.ts";
import type { RecordType, ResolvedRecord } from "../shared/resolver.ts";

/** TLSA (RFC 6698, 7.1): the DNS component hands it over as bytes. */
const TLSA_TYPE = 52;

/** @returns The record, or undefined for a type that Node does not show. */
export function resolvedRecord(record: DnsRecord): ResolvedRecord | undefined {
  const { data } = record;
  const found = data.kind === "UNKNOWN" ? unknownValue(record.type, data.bytes) : known(data);
  if (found === undefined) return undefined;
  return { type: found[0], ttlSeconds: record.ttlS, value: found[1] };
}

type TypedValue = readonly [type: RecordType, value: unknown];

function known(data: RecordData): TypedValue | undefined {
  switch (data.kind) {
    case "A":
      return ["A", formatIPv4(data.address)];
    case "AAAA":
      return ["AAAA", formatIpv6(data.bytes)];
    case "CNAME":
    case "NS":
    case "PTR":
      return [data.kind, nameText(data.target)];
    case "MX":
      return ["MX", { exchange: nameText(data.exchange), priority: data.preference, type: "MX" }];
    case "TXT":
      return ["TXT", data.strings.map(text)];
    case "SRV": {
      const { priority, weight, port } = data;
      return ["SRV", { name: nameText(data.target), port, priority, weight, type: "SRV" }];
    }
    case "SOA":
      return ["SOA", soaValue(data)];
    case "NAPTR": {
      const { flags, services, regexp, order, preference } = data;
      const replacement = nameText(data.replacement);
      return ["NAPTR", { flags, service: services, regexp, replacement, order, preference }];
    }
    case "CAA": {
      const { flags, tag } = data;
      return ["CAA", { critical: flags, type: "CAA", [tag]: text(data.value) }];
    }
    default:
      return undefined;
  }
}

function soaValue(data: RecordData & { kind: "SOA" }): object {
  return {
    nsname: nameText(data.primary),
    hostmaster: nameText(data.mailbox),
    serial: data.serial,
    refresh: data.refreshS,
    retry: data.retryS,
    expire: data.expireS,
    minttl: data.minimumS,
  };
}

function unknownValue(type: number, bytes: Uint8Array): TypedValue | undefined {
  if (type !== TLSA_TYPE || bytes.length < 4) return undefined;
  const [certUsage, selector, match] = bytes;
  const data = bytes.slice(3).buffer;
  return ["TLSA", { certUsage, selector, match, data }];
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

/** c-ares shows the root as an empty text. */
function nameText(name: string): string {
  return name === "." ? "" : name;
}
