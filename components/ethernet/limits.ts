/** The bounds of one Ethernet. */
export interface EthernetLimits {
  /** Frames taken from the device before other devices have their turn. */
  readonly receiveBatchFrames: number;
  /**
   * Bytes of packet memory for payloads that were copied and that the device may still read (UDP,
   * ICMP); a power of two, at least 65,536: the largest payload. When it is full, senders get FULL.
   */
  readonly stageBytes: number;
  /** Payloads in that memory at one time; beyond it senders get FULL. */
  readonly stagedBlocks: number;
}

/** The bounds in a region of 4 MiB and more. */
export const ETHERNET_LIMITS: EthernetLimits = {
  receiveBatchFrames: 64,
  stageBytes: 262_144,
  stagedBlocks: 1_024,
};

const STAGE_BYTES_MIN = 65_536;

/**
 * The bounds for a region of packet memory: a sixteenth of it for payloads, between 64 and 256 KiB.
 *
 * @param regionBytes `Memory.totalBytes`.
 */
export function ethernetLimits(regionBytes: number): EthernetLimits {
  const share = 1 << (31 - Math.clz32(Math.max(regionBytes / 16, 1)));
  const stageBytes = Math.min(ETHERNET_LIMITS.stageBytes, Math.max(STAGE_BYTES_MIN, share));
  return { ...ETHERNET_LIMITS, stageBytes, stagedBlocks: stageBytes / 256 };
}
