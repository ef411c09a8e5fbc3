/** The bounds and times of address resolution on one link. */
export interface ArpLimits {
  /** Entries; beyond it the one that was confirmed longest ago gives way. */
  readonly maxNeighbours: number;
  /** Neighbours being resolved at one time; packets to more of them are dropped. */
  readonly maxUnresolved: number;
  /** Packets that wait for one neighbour; beyond it the oldest is dropped (RFC 1122 2.3.2.2). */
  readonly maxPendingPackets: number;
  /** Bytes of packet memory for all that wait; beyond it new ones are dropped. */
  readonly pendingBytes: number;
  /** Between two requests for one neighbour, in microseconds (RFC 1122 2.3.2.1: 1 s or more). */
  readonly requestIntervalUs: number;
  /** Requests before a neighbour counts as unreachable. */
  readonly maxRequests: number;
  /** How long a confirmed entry is used before it is checked again (RFC 1122 2.3.2.1). */
  readonly reachableUs: number;
  /** How long a neighbour that did not answer is not asked for again. */
  readonly failedUs: number;
}

export const ARP_LIMITS: ArpLimits = {
  maxNeighbours: 1_024,
  maxUnresolved: 64,
  maxPendingPackets: 192,
  pendingBytes: 524_288,
  requestIntervalUs: 1_000_000,
  maxRequests: 3,
  reachableUs: 60_000_000,
  failedUs: 1_000_000,
};
