/**
 * Name resolution as the application's API asks for it: one question, one answer. The adapter in
 * `libos/api/dns` puts it on the DNS component; a test puts a table there.
 */

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
export type ResolveError =
  | "ENODATA"
  | "EFORMERR"
  | "ESERVFAIL"
  | "ENOTFOUND"
  | "ENOTIMP"
  | "EREFUSED"
  | "EBADNAME"
  | "EBADRESP"
  | "ECONNREFUSED"
  | "ETIMEOUT"
  | "ENOMEM"
  | "ECANCELLED";

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

/** A question under way. */
export interface Resolution {
  /** Ends the question with ECANCELLED; the callback is called. Idempotent. */
  cancel(): void;
}

export interface NameResolver {
  /**
   * Asks the name servers, through the cache.
   *
   * @param name Without a last dot; "" is the root.
   * @param servers "address" or "address:port", or undefined for the system's.
   * @param callback Called exactly once, in a later turn. With an error, `records` is empty.
   */
  resolve(
    name: string,
    type: RecordType,
    servers: readonly string[] | undefined,
    callback: (error: ResolveError | undefined, records: readonly ResolvedRecord[]) => void,
  ): Resolution;
  /** Addresses of `name` in the hosts table, in its order; empty when it is not there. */
  hostAddresses(name: string): readonly string[];
  /** Names of `address` in the hosts table. */
  hostNames(address: string): readonly string[];
  /** The system's name servers: "10.0.2.3" or "10.0.2.3:5353". */
  servers(): readonly string[];
  setServers(servers: readonly string[]): void;
}
