import { timeToLive } from "./cache.ts";
import type { DnsMessage } from "./message.ts";
import { canonicalName } from "./name.ts";
import type { DnsRecord } from "./record.ts";
import { DNS_CLASS, DNS_RCODE, DNS_TYPE } from "./wire.ts";

/** A set of records with one owner and one type. */
export interface RecordSet {
  /** Canonical. */
  readonly name: string;
  readonly type: number;
  readonly records: readonly DnsRecord[];
}

/** What a response says about the question: nothing else of it is believed. */
export interface Interpretation {
  /** The aliases that it leads through, in order. */
  readonly aliases: readonly RecordSet[];
  /** The name at their end, canonical. */
  readonly name: string;
  /**
   * - "records": there they are, in `records`.
   * - "incomplete": only aliases came; the name at their end is to be asked for.
   * - else why there are none.
   */
  readonly status: "records" | "incomplete" | "ENOTFOUND" | "ENODATA" | "lame";
  readonly records: readonly DnsRecord[];
  /** How long a negative answer holds, in seconds (RFC 2308, 5); 0: it must not be kept. */
  readonly negativeTtlS: number;
}

/**
 * Follows the aliases in a response from the name asked for. Records of other owners are ignored:
 * nobody asked for them, so anybody may have put them there.
 *
 * @param name Canonical.
 * @param maxAliases Where to stop.
 */
export function interpret(
  message: DnsMessage,
  name: string,
  type: number,
  maxAliases: number,
): Interpretation {
  const owners = byOwner(message.answers);
  const aliases: RecordSet[] = [];
  let current = name;
  for (;;) {
    const own = owners.get(current) ?? [];
    const records = type === DNS_TYPE.ANY ? own : own.filter((record) => record.type === type);
    if (records.length > 0) {
      return { aliases, name: current, status: "records", records, negativeTtlS: 0 };
    }
    const alias = own.find((record) => record.type === DNS_TYPE.CNAME);
    if (alias?.data.kind !== "CNAME" || aliases.length > maxAliases) break;
    aliases.push({ name: current, type: DNS_TYPE.CNAME, records: [alias] });
    current = canonicalName(alias.data.target);
  }
  const soa = message.authorities.find((record) => record.type === DNS_TYPE.SOA);
  const negativeTtlS =
    soa?.data.kind === "SOA" ? Math.min(timeToLive(soa.ttlS), timeToLive(soa.data.minimumS)) : 0;
  return { aliases, name: current, status: statusOf(message, aliases), records: [], negativeTtlS };
}

function statusOf(
  message: DnsMessage,
  aliases: readonly RecordSet[],
): "incomplete" | "ENOTFOUND" | "ENODATA" | "lame" {
  if (message.rcode === DNS_RCODE.NXDOMAIN) return "ENOTFOUND";
  const types = message.authorities.map((record) => record.type);
  if (types.includes(DNS_TYPE.SOA)) return "ENODATA";
  if (aliases.length > 0) return "incomplete";
  // A referral: whoever answers so does not resolve for us.
  const isReferral = types.includes(DNS_TYPE.NS) && !message.recursionAvailable;
  return isReferral && !message.isAuthoritative ? "lame" : "ENODATA";
}

function byOwner(records: readonly DnsRecord[]): Map<string, DnsRecord[]> {
  const owners = new Map<string, DnsRecord[]>();
  for (const record of records) {
    if (record.class !== DNS_CLASS.IN) continue;
    const name = canonicalName(record.name);
    const own = owners.get(name);
    if (own === undefined) owners.set(name, [record]);
    else own.push(record);
  }
  return owners;
}
