/** The bounds of the loopback. */
export interface LoopbackLimits {
  /** Packets on their way; beyond it senders get FULL. */
  readonly queueFrames: number;
  /** Bytes on their way, a power of two, at least 131,072; beyond it senders get FULL. */
  readonly queueBytes: number;
}

/** The bounds in a region of 8 MiB and more. */
export const LOOPBACK_LIMITS: LoopbackLimits = { queueFrames: 1_024, queueBytes: 1_048_576 };

/** The least queue: two of the largest packets. */
const QUEUE_BYTES_MIN = 131_072;
const BYTES_PER_FRAME = 1_024;

/**
 * The bounds for a region of packet memory: an eighth of it for the queue, between 128 KiB and 1 MiB.
 *
 * @param regionBytes `Memory.totalBytes`.
 */
export function loopbackLimits(regionBytes: number): LoopbackLimits {
  const share = 1 << (31 - Math.clz32(Math.max(regionBytes / 8, 1)));
  const queueBytes = Math.min(LOOPBACK_LIMITS.queueBytes, Math.max(QUEUE_BYTES_MIN, share));
  return { queueBytes, queueFrames: queueBytes / BYTES_PER_FRAME };
}

/** Room in front of a transport's header for the network layer's. */
export const SLOT_HEADROOM = 40;
