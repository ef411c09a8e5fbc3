/** Offsets in an ARP packet for IPv4 over Ethernet (RFC 826). */
export const ARP = {
  HARDWARE_TYPE: 0,
  PROTOCOL_TYPE: 2,
  HARDWARE_LENGTH: 4,
  PROTOCOL_LENGTH: 5,
  OPERATION: 6,
  SENDER_HARDWARE: 8,
  SENDER_PROTOCOL: 14,
  TARGET_HARDWARE: 18,
  TARGET_PROTOCOL: 24,
  PACKET_BYTES: 28,
} as const;

/** Operations (RFC 826). */
export const ARP_OPERATION = { REQUEST: 1, REPLY: 2 } as const;

/** The hardware type of Ethernet. */
export const HARDWARE_ETHERNET = 1;
