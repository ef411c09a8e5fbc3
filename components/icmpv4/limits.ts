/** The bounds of one ICMP. */
export interface Icmpv4Limits {
  /** Errors sent in a second, and at once (RFC 1812 4.3.2.8); beyond it none is sent. */
  readonly errorsPerSecond: number;
  readonly errorBurst: number;
  /** Echo replies sent in a second, and at once; beyond it requests go unanswered. */
  readonly repliesPerSecond: number;
  readonly replyBurst: number;
  /** Echo requests of ours that wait for an answer; beyond it `ping` refuses. */
  readonly maxPings: number;
}

export const ICMPV4_LIMITS: Icmpv4Limits = {
  errorsPerSecond: 100,
  errorBurst: 50,
  repliesPerSecond: 10_000,
  replyBurst: 1_000,
  maxPings: 256,
};
