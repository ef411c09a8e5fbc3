/** The checksum of a segment on its way out (RFC 9293 3.1, RFC 1071). */
import type { PacketMemory, TransmitFrame } from "../../libos/hal/mod.ts";

/** @returns `sum` (below 2^31) folded to 16 bits in one's complement. */
export function foldSum(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/** Adds the sum of the payload, which has two parts where the send queue wraps. */
export function sumPayload(memory: PacketMemory, frame: TransmitFrame, headerSum: number): number {
  if (frame.partCount === 1) return headerSum;
  const sum = memory.checksum(frame.partOffset[1]!, frame.partLength[1]!, headerSum);
  return frame.partCount === 2 ? sum : sumSecondPart(memory, frame, sum);
}

function sumSecondPart(memory: PacketMemory, frame: TransmitFrame, sum: number): number {
  const offset = frame.partOffset[2]!;
  const length = frame.partLength[2]!;
  if ((frame.partLength[1]! & 1) === 0) return memory.checksum(offset, length, sum);
  // Behind an odd part, bytes stand in the other half of each word (RFC 1071 2 B).
  const swapped = memory.checksum(offset, length, 0);
  return foldSum(sum + (((swapped & 0xff) << 8) | (swapped >> 8)));
}
