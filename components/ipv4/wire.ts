import type { Address } from "../ip/mod.ts";

/** Offsets in the IPv4 header (RFC 791, 3.1). */
export const IPV4 = {
  VERSION_IHL: 0,
  TYPE_OF_SERVICE: 1,
  TOTAL_LENGTH: 2,
  IDENTIFICATION: 4,
  FLAGS_FRAGMENT: 6,
  TIME_TO_LIVE: 8,
  PROTOCOL: 9,
  CHECKSUM: 10,
  SOURCE: 12,
  DESTINATION: 16,
  HEADER_BYTES: 20,
  MAX_HEADER_BYTES: 60,
} as const;

/** Flags beside the fragment offset, which counts units of 8 bytes. */
export const DONT_FRAGMENT = 0x4000;
export const MORE_FRAGMENTS = 0x2000;
export const FRAGMENT_OFFSET_MASK = 0x1fff;

/** The longest packet (RFC 791: total length is 16 bits). */
export const MAX_PACKET_BYTES = 65_535;

/** What every path carries, so that nobody's report takes us below it (RFC 791, RFC 1122 3.3.3). */
export const MIN_MTU_BYTES = 576;

/** Options (RFC 791, 3.1). */
export const IPV4_OPTION = { END: 0, NOP: 1, LSRR: 131, SSRR: 137 } as const;

/** The sum of both addresses, for header checksums and pseudo-headers; up to 18 bits. */
export function addressSum(source: Address, destination: Address): number {
  return (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff);
}

/** @returns `sum` (below 2^31) folded to 16 bits in one's complement (RFC 1071). */
export function foldSum(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/** @returns Whether the checksum of a header without options is right, which has these words. */
export function isSumRight(
  first: number,
  second: number,
  third: number,
  source: number,
  destination: number,
): boolean {
  const sum =
    (first >>> 16) +
    (first & 0xffff) +
    (second >>> 16) +
    (second & 0xffff) +
    (third >>> 16) +
    (third & 0xffff) +
    (source >>> 16) +
    (source & 0xffff) +
    (destination >>> 16) +
    (destination & 0xffff);
  // What is right adds up to 0xffff, however often 16 bits are carried (RFC 1071): to no remainder.
  return sum % 0xffff === 0;
}

/**
 * Writes a header of 20 bytes with its checksum. All arguments are numbers, since this runs for
 * every packet.
 *
 * @param flagsFragment Flags and fragment offset, as on the wire.
 * @param sumOfAddresses `addressSum(source, destination)`.
 */
export function writeHeader(
  view: DataView,
  offset: number,
  trafficClass: number,
  totalLength: number,
  identification: number,
  flagsFragment: number,
  ttl: number,
  protocol: number,
  source: Address,
  destination: Address,
  sumOfAddresses: number,
): void {
  const first = 0x4500 | trafficClass;
  const life = (ttl << 8) | protocol;
  const sum = first + totalLength + identification + flagsFragment + life + sumOfAddresses;
  // By words of 32 bits: each call of the view costs an interpreter as much as ten additions.
  view.setInt32(offset, (first << 16) | totalLength);
  view.setInt32(offset + IPV4.IDENTIFICATION, (identification << 16) | flagsFragment);
  view.setInt32(offset + IPV4.TIME_TO_LIVE, (life << 16) | (~foldSum(sum) & 0xffff));
  view.setInt32(offset + IPV4.SOURCE, source);
  view.setInt32(offset + IPV4.DESTINATION, destination);
}

/**
 * Reads the options of a received header.
 *
 * @param length Bytes of options, 0 .. 40.
 * @returns "source-route" for options by which a sender chooses the way (RFC 7126 4.3, 4.4: dropped
 *   by default), "malformed" where lengths lie, else "ok".
 */
export function checkOptions(
  bytes: Uint8Array,
  offset: number,
  length: number,
): "ok" | "source-route" | "malformed" {
  const end = offset + length;
  let at = offset;
  while (at < end) {
    const type = bytes[at]!;
    if (type === IPV4_OPTION.END) return "ok";
    if (type === IPV4_OPTION.NOP) {
      at++;
      continue;
    }
    if (type === IPV4_OPTION.LSRR || type === IPV4_OPTION.SSRR) return "source-route";
    if (at + 1 >= end) return "malformed";
    const optionBytes = bytes[at + 1]!;
    if (optionBytes < 2 || at + optionBytes > end) return "malformed";
    at += optionBytes;
  }
  return "ok";
}
