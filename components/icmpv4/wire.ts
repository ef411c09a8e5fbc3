/** Offsets in an ICMP message (RFC 792). */
export const ICMP = {
  TYPE: 0,
  CODE: 1,
  CHECKSUM: 2,
  /** Of echo messages. */
  IDENTIFIER: 4,
  SEQUENCE: 6,
  /** Of "fragmentation needed": the MTU of the next hop (RFC 1191, 4). */
  NEXT_MTU: 6,
  HEADER_BYTES: 8,
} as const;

/** Message types (IANA). */
export const ICMP_TYPE = {
  ECHO_REPLY: 0,
  UNREACHABLE: 3,
  REDIRECT: 5,
  ECHO: 8,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
} as const;

/** Codes of "destination unreachable" and of "time exceeded". */
export const ICMP_CODE = {
  NET: 0,
  HOST: 1,
  PROTOCOL: 2,
  PORT: 3,
  FRAGMENTATION_NEEDED: 4,
  ADMINISTRATIVELY_PROHIBITED: 13,
  REASSEMBLY_TIME: 1,
} as const;

/** MTUs that exist, for routers that do not tell theirs (RFC 1191, 7.1). */
const PLATEAUS: readonly number[] = [32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 576];

/** @returns The MTU to try after a packet of `packetBytes` did not pass. */
export function nextPlateau(packetBytes: number): number {
  return PLATEAUS.find((mtu) => mtu < packetBytes) ?? 576;
}
