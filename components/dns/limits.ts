/** The bounds of one resolver. */
export interface DnsLimits {
  /** Requests of applications that wait for an answer; beyond it they get ENOMEM. */
  readonly maxRequests: number;
  /** Record sets in the cache, negative ones included; the one used longest ago gives way. */
  readonly maxCacheEntries: number;
  /** Records of one set in the cache; a larger set is answered and not kept. */
  readonly maxCachedRecords: number;
  /** The longest time that anything is kept, in seconds, whatever its TTL says. */
  readonly maxTtlS: number;
  /** The longest time that "there is no such name" is kept (RFC 2308, 5: up to 3 hours). */
  readonly maxNegativeTtlS: number;
  /** CNAMEs that one answer may lead through; beyond it: ESERVFAIL. */
  readonly maxAliases: number;
  /** Servers of the configuration that are asked; further ones are ignored. */
  readonly maxServers: number;
}

export const DNS_LIMITS: DnsLimits = {
  maxRequests: 4_096,
  maxCacheEntries: 1_024,
  maxCachedRecords: 256,
  maxTtlS: 86_400,
  maxNegativeTtlS: 10_800,
  maxAliases: 12,
  maxServers: 8,
};
