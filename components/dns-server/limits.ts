/** The bounds of one server and of its zones. */
export interface DnsServerLimits {
  /** Records of all zones together. */
  readonly maxRecords: number;
  /** The longest zone file, in bytes. */
  readonly maxFileBytes: number;
  /** Fields of one entry of a zone file, with all lines that parentheses join. */
  readonly maxFields: number;
  /** CNAMEs that one answer leads through; what is beyond them the resolver asks for. */
  readonly maxAliases: number;
  /** Answers that are kept encoded, in bytes of all of them; others are encoded for each query. */
  readonly maxKeptBytes: number;
  /** The longest query; over TCP a longer one ends the connection. */
  readonly maxQueryBytes: number;
  /** The longest response over UDP, whatever the client takes (RFC 9715). */
  readonly maxUdpBytes: number;
  /** TCP connections at one time; a further one takes the place of the one quiet for longest. */
  readonly maxConnections: number;
  /** How long a TCP connection may be quiet (RFC 7766, 6.2.3). */
  readonly idleUs: number;
}

export const DNS_SERVER_LIMITS: DnsServerLimits = {
  maxRecords: 100_000,
  maxFileBytes: 8 << 20,
  maxFields: 1_024,
  maxAliases: 12,
  maxKeptBytes: 256 << 10,
  maxQueryBytes: 4_096,
  maxUdpBytes: 1_232,
  maxConnections: 64,
  idleUs: 10_000_000,
};
