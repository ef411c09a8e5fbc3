/**
 * Name resolution as the application's API asks for it. `createNameResolver` in `libos/api/dns` puts
 * it on the DNS component; a test puts a table there.
 */
import type { DnsErrorCode } from "../../../components/dns/types.ts";

/** What `dns.resolve` can ask for. */
export type RecordType =
  | "A"
  | "AAAA"
  | "ANY"
  | "CAA"
  | "CNAME"
  | "MX"
  | "NAPTR"
  | "NS"
  | "PTR"
  | "SOA"
  | "SRV"
  | "TLSA"
  | "TXT";

/** Why a question has no answer, as c-ares and Node name it. */
export type ResolveError = DnsErrorCode;

/** One record of an answer; the value is in the shape that Node gives to its type. */
export interface ResolvedRecord {
  readonly type: RecordType;
  readonly ttlSeconds: number;
  /**
   * A, AAAA: the address as text. CNAME, NS, PTR: a name without the last dot. TXT: `string[]`.
   * MX, SRV, SOA, NAPTR, CAA, TLSA: an object with Node's keys.
   */
  readonly value: unknown;
}

export interface FoundAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Ends a question without a call of its callback. Idempotent. */
export type CancelResolution = () => void;

/** How often, and for how long, servers are asked. */
export interface ResolverPatience {
  /** For the first round over the servers, in milliseconds; absent: the system's. */
  readonly timeoutMs?: number | undefined;
  /** Rounds over the servers; absent: the system's. */
  readonly tries?: number | undefined;
}

/** Every callback is called at the most once, in a later turn; with an error, its list is empty. */
export interface NameResolver {
  /**
   * Finds addresses as `getaddrinfo` does: the hosts table, search domains, name servers.
   *
   * @param families In the order of preference.
   */
  lookup(
    name: string,
    families: readonly (4 | 6)[],
    callback: (error: ResolveError | undefined, addresses: readonly FoundAddress[]) => void,
  ): CancelResolution;
  /** Finds the names of an address: the hosts table, then PTR records. */
  reverse(
    address: string,
    callback: (error: ResolveError | undefined, names: readonly string[]) => void,
  ): CancelResolution;
  /** Asks the name servers, through the cache, for records of exactly this name. */
  resolve(
    name: string,
    type: RecordType,
    callback: (error: ResolveError | undefined, records: readonly ResolvedRecord[]) => void,
  ): CancelResolution;
  /** The name servers: "10.0.2.3", or with another port than 53 "10.0.2.3:5353". */
  servers(): readonly string[];
  /** Asks these from now on; those with IPv6 addresses are listed and not asked. */
  setServers(servers: readonly string[]): void;
  /**
   * A resolver of its own, with its own servers and cache.
   *
   * @returns Undefined where the system offers only one.
   */
  fork(patience: ResolverPatience): NameResolver | undefined;
}
