/** The bounds of one Ethernet. */
export interface EthernetLimits {
  /** Frames taken from the device before other devices have their turn. */
  readonly receiveBatchFrames: number;
  /**
   * Bytes of packet memory for payloads that were copied and that the device may still read (UDP,
   * ICMP); a power of two, at least 131,072. When it is full, senders get FULL.
   */
  readonly stageBytes: number;
  /** Payloads in that memory at one time; beyond it senders get FULL. */
  readonly stagedBlocks: number;
}

export const ETHERNET_LIMITS: EthernetLimits = {
  receiveBatchFrames: 64,
  stageBytes: 262_144,
  stagedBlocks: 1_024,
};
