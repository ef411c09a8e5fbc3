import type { Address } from "../ip/mod.ts";
import type { DnsRecord } from "./record.ts";

/** Why there is no answer: the codes of Node's `dns` and of c-ares. */
export type DnsErrorCode =
  /** The name exists, but has no records of that type. */
  | "ENODATA"
  /** The server did not understand the question. */
  | "EFORMERR"
  | "ESERVFAIL"
  /** There is no such name. */
  | "ENOTFOUND"
  | "ENOTIMP"
  | "EREFUSED"
  /** The text is no domain name. */
  | "EBADNAME"
  /** The server's answer makes no sense. */
  | "EBADRESP"
  /** No server can be reached. */
  | "ECONNREFUSED"
  | "ETIMEOUT"
  | "ECANCELLED"
  /** Too many requests at one time. */
  | "ENOMEM";

/** Records of the type asked for, at the end of the aliases. */
export interface DnsAnswer {
  readonly kind: "answer";
  /** The name that has the records. */
  readonly name: string;
  /** The aliases (CNAME) that led there, in order, beginning with the name asked for. */
  readonly aliases: readonly string[];
  /** At least one. `ttlS` is what is left of it. */
  readonly records: readonly DnsRecord[];
}

export interface DnsFailure {
  readonly kind: "error";
  readonly code: DnsErrorCode;
}

export type DnsResult = DnsAnswer | DnsFailure;

export interface FoundAddress {
  readonly family: 4 | 6;
  /** "10.0.2.15", "2001:db8::1". */
  readonly text: string;
}

export type LookupResult =
  | {
      readonly kind: "addresses";
      /** At least one; those of the first family asked for come first. */
      readonly addresses: readonly FoundAddress[];
      readonly canonicalName: string;
    }
  | DnsFailure;

export type ReverseResult =
  { readonly kind: "names"; readonly names: readonly string[] } | DnsFailure;

export interface DnsServer {
  readonly address: Address;
  /** Default 53. */
  readonly port?: number;
}

/** Whom to ask, and how. */
export interface DnsConfig {
  /** In the order in which they are asked; none: everything that is asked gets ECONNREFUSED. */
  readonly servers: readonly DnsServer[];
  /** Domains that complete short names in `lookup`. Default none. */
  readonly search?: readonly string[];
  /** A name with so many dots is asked as it is first. Default 1. */
  readonly ndots?: number;
  /** For the first round over the servers; each further round doubles it. Default 2 s. */
  readonly timeoutUs?: number;
  /** Rounds over the servers. Default 4. */
  readonly attempts?: number;
  /** Asks in random capitals and expects them back, against forged answers. Default false. */
  readonly use0x20?: boolean;
  /** Asks with EDNS(0), and without it where a server does not know it. Default true. */
  readonly edns?: boolean;
  /** In the format of /etc/hosts. Default none. */
  readonly hosts?: string;
}

export interface DnsCounters {
  queriesSent: number;
  responsesReceived: number;
  /** Responses that answer nothing of ours: wrong id, server, question; or malformed. */
  ignoredResponses: number;
  timeouts: number;
  tcpQueries: number;
  /** Queries repeated without EDNS. */
  ednsFallbacks: number;
  cacheHits: number;
  cacheMisses: number;
  /** Requests that joined one that was under way. */
  coalesced: number;
}

/** A stub resolver (RFC 1034, 5.3.1; RFC 1123, 6.1). No callback comes before its call returns. */
export interface DnsResolver {
  readonly config: DnsConfig;
  readonly counters: Readonly<DnsCounters>;
  /** Entries of the cache now. */
  readonly cacheEntries: number;
  /** Replaces the configuration for what is asked from now on; other servers empty the cache. */
  configure(config: DnsConfig): void;
  /**
   * Asks for records of one type, of exactly this name.
   *
   * @param type `DNS_TYPE`, or any other u16.
   * @param done Called once, unless cancelled by the returned function.
   */
  resolve(name: string, type: number, done: (result: DnsResult) => void): () => void;
  /**
   * Finds addresses, as `getaddrinfo` does: text of an address, hosts, search domains, DNS.
   *
   * @param families In the order of preference: `[4]`, `[6]`, `[4, 6]`.
   */
  lookup(
    name: string,
    families: readonly (4 | 6)[],
    done: (result: LookupResult) => void,
  ): () => void;
  /** Finds the names of an address (PTR), in hosts first. EBADNAME for text that is no address. */
  reverse(address: string, done: (result: ReverseResult) => void): () => void;
  /** Ends all requests with ECANCELLED. */
  cancel(): void;
  clearCache(): void;
  /** As `cancel`; what is asked afterwards gets ECANCELLED. */
  stop(): void;
}
