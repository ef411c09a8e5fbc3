/**
 * Frames of a device that offloads checksums carry none: no wire has seen them. A capture shows them
 * as a wire would, so that tools may validate them.
 */
import { readU16, writeU16 } from "../kernel/bytes.ts";

const ETHERNET_BYTES = 14;
const ETHERTYPE_IPV4 = 0x0800;
/** Where the checksum stands in the transport header, by protocol number. */
const CHECKSUM_AT: Readonly<Record<number, number>> = { 6: 16, 17: 6 };

/** Writes the transport checksum of a whole IPv4 packet with TCP or UDP; leaves all else alone. */
export function completeChecksum(frame: Uint8Array): void {
  if (frame.length < ETHERNET_BYTES + 20) return;
  if (readU16(frame, 12) !== ETHERTYPE_IPV4) return;
  const ip = ETHERNET_BYTES;
  const headerBytes = (frame[ip]! & 0x0f) * 4;
  const transport = ip + headerBytes;
  const end = ip + readU16(frame, ip + 2);
  const at = CHECKSUM_AT[frame[ip + 9]!];
  const isFragment = (readU16(frame, ip + 6) & 0x3fff) !== 0;
  if (at === undefined || isFragment || end > frame.length || transport + at + 2 > end) return;
  writeU16(frame, transport + at, 0);
  const sum = addWords(frame, ip + 12, ip + 20, frame[ip + 9]! + (end - transport));
  const checksum = ~fold(addWords(frame, transport, end, sum)) & 0xffff;
  // UDP's zero means that there is none (RFC 768).
  writeU16(frame, transport + at, checksum === 0 && frame[ip + 9] === 17 ? 0xffff : checksum);
}

function addWords(bytes: Uint8Array, from: number, to: number, sum: number): number {
  let total = sum;
  for (let at = from; at + 1 < to; at += 2) total += readU16(bytes, at);
  return (to - from) % 2 === 0 ? total : total + (bytes[to - 1]! << 8);
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}
