/** Every bound of one TCP. Times are microseconds, sizes are bytes. */
export interface TcpLimits {
  /**
   * The longest send queue of a connection: 64 B .. 16 MiB; a power of two wastes no memory.
   * Beyond it `send` takes less than it is given, and `onSpace` follows.
   */
  readonly sendQueueBytes: number;
  /**
   * The longest receive queue of a connection, and so its largest window: 64 B .. 16 MiB; a power
   * of two wastes no memory. The peer is told what is left of it.
   */
  readonly receiveQueueBytes: number;
  /**
   * Packet memory for all send queues, at most three eighths of the region. A queue grows
   * to half of what is free, from half of the memory on to 64 KiB, from three quarters to 16 KiB,
   * from seven eighths to 4 KiB; beyond it `send` takes nothing.
   */
  readonly sendMemoryBytes: number;
  /**
   * Packet memory for all receive queues, at most three eighths of the region. From half of it on, windows are cut to
   * `pressureWindowBytes`; beyond it data is dropped unacknowledged and comes again.
   */
  readonly receiveMemoryBytes: number;
  /** The window that is offered while receive memory runs short. */
  readonly pressureWindowBytes: number;
  /** Empty queue blocks kept for the next connection that needs one. Beyond it they are freed. */
  readonly cachedBlockBytes: number;
  /**
   * Connections at one time, TIME-WAIT included. Beyond it `connect` says ENOBUFS, and a SYN is
   * dropped unanswered.
   */
  readonly maxConnections: number;
  /**
   * Connections in SYN-RECEIVED, of all listeners. Beyond it, or beyond a listener's backlog, SYNs
   * are answered with cookies.
   */
  readonly maxHalfOpen: number;
  /** SYNs that wait for a forwarder's decision. Beyond it SYNs are dropped unanswered. */
  readonly maxRequests: number;
  /** How long a forwarder may think before the request is dropped. */
  readonly requestTimeoutUs: number;
  /** Connections in TIME-WAIT. Beyond it the oldest is forgotten early. */
  readonly maxTimeWait: number;
  /** Gaps in one receive queue. Beyond it a segment that would open another is dropped. */
  readonly maxOutOfOrderRanges: number;
  /** Ranges that one peer has acknowledged selectively. Beyond it further ones are ignored. */
  readonly maxSackRanges: number;
  /** Resets in one second for segments of no connection. Beyond it they stay unanswered. */
  readonly maxResetsPerSecond: number;
  /** Challenge ACKs of all connections in one second (RFC 5961 7). */
  readonly maxChallengeAcksPerSecond: number;
  /** Challenge ACKs of one connection are at least so far apart. */
  readonly challengeAckIntervalUs: number;
  /** The first retransmission timeout, before there is a measurement (RFC 6298 2.1: 1 s). */
  readonly initialRtoUs: number;
  /**
   * The least retransmission timeout. RFC 6298 2.4 advises 1 s; this follows today's practice of
   * 200 ms, which is still five times the longest delay of an ACK.
   */
  readonly minRtoUs: number;
  /** The longest retransmission timeout after backing off (RFC 6298 2.5: at least 60 s). */
  readonly maxRtoUs: number;
  /** SYN is sent again so many times, then ETIMEDOUT. */
  readonly synRetries: number;
  /** SYN-ACK is sent again so many times, then the attempt is forgotten. */
  readonly synAckRetries: number;
  /** A segment is sent again so many times, then ETIMEDOUT (R2 of RFC 9293 3.8.3). */
  readonly maxRetransmits: number;
  /** As `maxRetransmits`, after `close()`: nobody waits for the data any more. */
  readonly orphanRetransmits: number;
  /** How long an ACK may wait for data to ride on or for more to acknowledge (< 500 ms). */
  readonly delayedAckUs: number;
  /** The maximum segment lifetime; TIME-WAIT takes twice as long (RFC 9293 3.4.2). */
  readonly mslUs: number;
  /** How long a connection waits for the peer's FIN after `close()`. */
  readonly finWait2Us: number;
  /** The first congestion window in segments (RFC 6928). */
  readonly initialWindowSegments: number;
  /** Ephemeral ports are drawn from this range, both ends included (RFC 6056). */
  readonly ephemeralPortFirst: number;
  readonly ephemeralPortLast: number;
}

export const TCP_LIMITS: TcpLimits = {
  sendQueueBytes: 1 << 20,
  receiveQueueBytes: 1 << 20,
  sendMemoryBytes: 64 << 20,
  receiveMemoryBytes: 64 << 20,
  pressureWindowBytes: 16 << 10,
  cachedBlockBytes: 1 << 20,
  maxConnections: 32_768,
  maxHalfOpen: 1024,
  maxRequests: 1024,
  requestTimeoutUs: 75_000_000,
  maxTimeWait: 8192,
  maxOutOfOrderRanges: 128,
  maxSackRanges: 128,
  maxResetsPerSecond: 1000,
  maxChallengeAcksPerSecond: 200,
  challengeAckIntervalUs: 500_000,
  initialRtoUs: 1_000_000,
  minRtoUs: 200_000,
  maxRtoUs: 60_000_000,
  synRetries: 6,
  synAckRetries: 5,
  maxRetransmits: 15,
  orphanRetransmits: 8,
  delayedAckUs: 40_000,
  mslUs: 30_000_000,
  finWait2Us: 60_000_000,
  initialWindowSegments: 10,
  ephemeralPortFirst: 32_768,
  ephemeralPortLast: 65_535,
};
