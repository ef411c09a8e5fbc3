import type { PacketMemory } from "../../libos/hal/mod.ts";
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
  view: DataView,
  offset: number,
  length: number,
  counters: Ipv4Counters,
): number {
  const first = length < IPV4.HEADER_BYTES ? 0 : view.getUint8(offset);
  const headerBytes = (first & 15) * 4;
  const totalBytes = first === 0 ? 0 : view.getUint16(offset + IPV4.TOTAL_LENGTH);
  const isRight =
    headerBytes >= IPV4.HEADER_BYTES &&
    first >> 4 === 4 &&
    totalBytes >= headerBytes &&
    totalBytes <= length;
  if (!isRight) {
    counters.badHeaders++;
    return 0;
  }
  const hasOptions = headerBytes > IPV4.HEADER_BYTES;
  if (packet.checksum(offset, headerBytes, 0) !== 0xffff) {
    counters.badChecksums++;
    return 0;
  }
  if (!hasOptions) return headerBytes;
  const optionsBytes = headerBytes - IPV4.HEADER_BYTES;
  const verdict = checkOptions(packet.bytes, offset + IPV4.HEADER_BYTES, optionsBytes);
  if (verdict === "ok") return headerBytes;
  if (verdict === "malformed") counters.badOptions++;
  else counters.sourceRouted++;
  return 0;
}
