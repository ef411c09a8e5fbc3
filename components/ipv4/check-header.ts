import type { PacketMemory } from "../../libos/hal/mod.ts";
import { readU16 } from "../../libos/kernel/mod.ts";
import type { Ipv4Counters } from "./types.ts";
import { IPV4, checkOptions } from "./wire.ts";

/**
 * Holds a received header to RFC 791 and RFC 1122 3.2.1: version, lengths, checksum, options.
 *
 * @param length Bytes at `offset`, with padding.
 * @returns The length of a header that is right in itself, or 0; what is wrong is counted.
 */
export function checkHeader(
  packet: PacketMemory,
  offset: number,
  length: number,
  counters: Ipv4Counters,
): number {
  const { bytes } = packet;
  const headerBytes = length < IPV4.HEADER_BYTES ? 0 : (bytes[offset]! & 15) * 4;
  const totalBytes = length < IPV4.HEADER_BYTES ? 0 : readU16(bytes, offset + IPV4.TOTAL_LENGTH);
  const isRight =
    headerBytes >= IPV4.HEADER_BYTES &&
    bytes[offset]! >> 4 === 4 &&
    totalBytes >= headerBytes &&
    totalBytes <= length;
  if (!isRight) {
    counters.badHeaders++;
    return 0;
  }
  if (packet.checksum(offset, headerBytes, 0) !== 0xffff) {
    counters.badChecksums++;
    return 0;
  }
  if (headerBytes === IPV4.HEADER_BYTES) return headerBytes;
  const optionsBytes = headerBytes - IPV4.HEADER_BYTES;
  const verdict = checkOptions(bytes, offset + IPV4.HEADER_BYTES, optionsBytes);
  if (verdict === "ok") return headerBytes;
  if (verdict === "malformed") counters.badOptions++;
  else counters.sourceRouted++;
  return 0;
}
