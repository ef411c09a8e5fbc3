/** Offsets in a DHCP message (RFC 2131, 2). */
export const DHCP = {
  OP: 0,
  HARDWARE_TYPE: 1,
  HARDWARE_LENGTH: 2,
  HOPS: 3,
  XID: 4,
  SECS: 8,
  FLAGS: 10,
  CLIENT_ADDRESS: 12,
  YOUR_ADDRESS: 16,
  SERVER_ADDRESS: 20,
  RELAY_ADDRESS: 24,
  CLIENT_HARDWARE: 28,
  SERVER_NAME: 44,
  BOOT_FILE: 108,
  COOKIE: 236,
  OPTIONS: 240,
} as const;

/** `DHCP.OP`: who speaks. */
export const DHCP_OP = { REQUEST: 1, REPLY: 2 } as const;

/** The four bytes before the options (RFC 2131, 3). */
export const MAGIC_COOKIE = 0x6382_5363;

/** The only flag: answer by broadcast. */
export const BROADCAST_FLAG = 0x8000;

/** The shortest message that everybody accepts (RFC 1542, 2.1). */
export const MIN_MESSAGE_BYTES = 300;

export const DHCP_PORT = { SERVER: 67, CLIENT: 68 } as const;

/** Options (RFC 2132; 121: RFC 3442). */
export const DHCP_OPTION = {
  PAD: 0,
  SUBNET_MASK: 1,
  ROUTERS: 3,
  DNS_SERVERS: 6,
  HOST_NAME: 12,
  DOMAIN_NAME: 15,
  INTERFACE_MTU: 26,
  BROADCAST_ADDRESS: 28,
  NTP_SERVERS: 42,
  REQUESTED_ADDRESS: 50,
  LEASE_TIME: 51,
  OVERLOAD: 52,
  MESSAGE_TYPE: 53,
  SERVER_ID: 54,
  PARAMETER_LIST: 55,
  MESSAGE: 56,
  MAX_MESSAGE_BYTES: 57,
  RENEWAL_TIME: 58,
  REBINDING_TIME: 59,
  CLIENT_ID: 61,
  CLASSLESS_ROUTES: 121,
  END: 255,
} as const;

/** Message types (RFC 2132, 9.6). */
export const DHCP_MESSAGE = {
  DISCOVER: 1,
  OFFER: 2,
  REQUEST: 3,
  DECLINE: 4,
  ACK: 5,
  NAK: 6,
  RELEASE: 7,
  INFORM: 8,
} as const;
