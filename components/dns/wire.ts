/** Offsets in the header of a message (RFC 1035, 4.1.1). */
export const DNS = {
  ID: 0,
  FLAGS: 2,
  QUESTION_COUNT: 4,
  ANSWER_COUNT: 6,
  AUTHORITY_COUNT: 8,
  ADDITIONAL_COUNT: 10,
  HEADER_BYTES: 12,
} as const;

/** Bits and fields of `DNS.FLAGS` (RFC 1035, 4.1.1; AD and CD: RFC 4035). */
export const DNS_FLAG = {
  RESPONSE_BIT: 0x8000,
  OPCODE_SHIFT: 11,
  AUTHORITATIVE_BIT: 0x0400,
  TRUNCATED_BIT: 0x0200,
  RECURSION_DESIRED_BIT: 0x0100,
  RECURSION_AVAILABLE_BIT: 0x0080,
  AUTHENTIC_DATA_BIT: 0x0020,
  CHECKING_DISABLED_BIT: 0x0010,
  RCODE_MASK: 0x000f,
} as const;

/** Record types (IANA). */
export const DNS_TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
  OPT: 41,
  ANY: 255,
  CAA: 257,
} as const;

export const DNS_CLASS = { IN: 1, ANY: 255 } as const;

/** Response codes (RFC 1035, 4.1.1; RFC 6891 for BADVERS). */
export const DNS_RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

export const DNS_PORT = 53;

/** The longest message over UDP without EDNS (RFC 1035, 2.3.4). */
export const MAX_UDP_BYTES = 512;

/** What we say that we take over UDP: it fits every path without fragments. */
export const EDNS_UDP_BYTES = 1_232;

/** The longest message over TCP: its length is a u16 (RFC 1035, 4.2.2). */
export const MAX_MESSAGE_BYTES = 65_535;

/** The longest label and the longest name on the wire (RFC 1035, 2.3.4). */
export const MAX_LABEL_BYTES = 63;
export const MAX_NAME_BYTES = 255;
