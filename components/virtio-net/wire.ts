/** The network device of virtio 1.3, 5.1. */

/** Feature bits (5.1.3). */
export const NET_FEATURE = {
  CSUM_BIT: 0,
  GUEST_CSUM_BIT: 1,
  MTU_BIT: 3,
  MAC_BIT: 5,
  GUEST_TSO4_BIT: 7,
  HOST_TSO4_BIT: 11,
  MRG_RXBUF_BIT: 15,
  STATUS_BIT: 16,
  CTRL_VQ_BIT: 17,
  MQ_BIT: 22,
} as const;

/** Offsets in the configuration (5.1.4). */
export const NET_CONFIG = { MAC: 0, STATUS: 6, MAX_PAIRS: 8, MTU: 10 } as const;

/** Bit of `NET_CONFIG.STATUS`. */
export const LINK_UP_MASK = 1;

/** Bytes of `virtio_net_hdr`, in front of every frame (5.1.6). */
export const HEADER_BYTES = 12;

/** `virtio_net_hdr` as little-endian 16-bit words; the first is flags | gso_type << 8. */
export const HEADER_WORD = {
  FLAGS_AND_TYPE: 0,
  HEADER_BYTES: 1,
  SEGMENT_BYTES: 2,
  CHECKSUM_START: 3,
  CHECKSUM_OFFSET: 4,
  BUFFER_COUNT: 5,
} as const;

/** Flags and segmentation types, as they lie in the first word. */
export const FLAG = { NEEDS_CSUM: 1, DATA_VALID: 2 } as const;
export const GSO_TCPV4: number = 1 << 8;

/**
 * Commands of the control queue, the bounds of their numbers (5.1.6.5.5), and its answers: `OK`, or
 * anything else. The last one is ours, for what was not answered.
 */
export const CONTROL = {
  CLASS_MQ: 4,
  MQ_PAIRS_SET: 0,
  MAX_PAIRS: 0x8000,
  OK: 0,
  UNANSWERED: 0xff,
} as const;

export const ETHERNET_BYTES = 14;
/** The largest IP packet. */
export const MAX_PACKET_BYTES = 65_535;
