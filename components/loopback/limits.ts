/** The bounds of the loopback. */
export interface LoopbackLimits {
  /** Packets on their way; beyond it senders get FULL. */
  readonly queueFrames: number;
  /** Bytes on their way, a power of two, at least 131,072; beyond it senders get FULL. */
  readonly queueBytes: number;
}

export const LOOPBACK_LIMITS: LoopbackLimits = { queueFrames: 1_024, queueBytes: 1_048_576 };

/** Room in front of a transport's header for the network layer's. */
export const SLOT_HEADROOM = 40;
