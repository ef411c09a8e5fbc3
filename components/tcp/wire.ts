/** Offsets in the TCP header; numbers are big-endian (RFC 9293 3.1). */
export const TCP = {
  SOURCE_PORT: 0,
  DESTINATION_PORT: 2,
  SEQUENCE: 4,
  ACKNOWLEDGMENT: 8,
  DATA_OFFSET: 12,
  FLAGS: 13,
  WINDOW: 14,
  CHECKSUM: 16,
  URGENT_POINTER: 18,
  /** The header without options. */
  HEADER_BYTES: 20,
  /** The longest header: a data offset of 15 words. */
  MAX_HEADER_BYTES: 60,
} as const;

/** Control bits at `TCP.FLAGS`. ECE and CWR (RFC 3168) are never sent and are ignored. */
export const FLAG = { FIN: 0x01, SYN: 0x02, RST: 0x04, PSH: 0x08, ACK: 0x10, URG: 0x20 } as const;

/** Kinds of options (IANA), and the length of each where it is fixed. */
export const OPTION = {
  END: 0,
  NOP: 1,
  MSS: 2,
  MSS_BYTES: 4,
  WINDOW_SCALE: 3,
  WINDOW_SCALE_BYTES: 3,
  SACK_PERMITTED: 4,
  SACK_PERMITTED_BYTES: 2,
  SACK: 5,
  TIMESTAMPS: 8,
  TIMESTAMPS_BYTES: 10,
} as const;

/** The peer's MSS when its SYN names none (RFC 9293 3.7.1, for IPv4). */
export const DEFAULT_MSS_BYTES = 536;

/** The largest shift of the window (RFC 7323 2.3). */
export const MAX_WINDOW_SHIFT = 14;

/** Timestamps in an ordinary segment: NOP, NOP, the option. */
export const TIMESTAMPS_PADDED_BYTES = 12;

/** The most SACK blocks that fit into the 40 bytes of options (RFC 2018 3). */
export const MAX_SACK_BLOCKS = 4;
