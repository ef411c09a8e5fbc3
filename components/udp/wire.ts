/** Offsets in the 8-byte UDP header; every field is u16, big-endian (RFC 768). */
export const UDP = {
  SOURCE_PORT: 0,
  DESTINATION_PORT: 2,
  LENGTH: 4,
  CHECKSUM: 6,
  HEADER_BYTES: 8,
} as const;

/** The longest payload over IPv4. */
export const MAX_DATAGRAM_BYTES = 65_507;
