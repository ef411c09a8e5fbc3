/** The times of a DHCP client, in microseconds. */
export interface DhcpLimits {
  /** Before the first repetition; it doubles with each, up to `maxRetryUs` (RFC 2131, 4.1). */
  readonly retryUs: number;
  readonly maxRetryUs: number;
  /** Each wait is longer or shorter by up to so much, at random. */
  readonly jitterUs: number;
  /** How often a REQUEST is repeated before the client begins anew. */
  readonly maxRequests: number;
  /** Between repetitions while renewing, at least (RFC 2131, 4.4.5). */
  readonly renewRetryUs: number;
  /** After a refusal (NAK), before the client begins anew. */
  readonly refusedUs: number;
  /** After a declined address (RFC 2131, 3.1: 10 s or more). */
  readonly declinedUs: number;
}

export const DHCP_LIMITS: DhcpLimits = {
  retryUs: 4_000_000,
  maxRetryUs: 64_000_000,
  jitterUs: 1_000_000,
  maxRequests: 4,
  renewRetryUs: 60_000_000,
  refusedUs: 1_000_000,
  declinedUs: 10_000_000,
};
