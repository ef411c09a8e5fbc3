/** Reading a frame for transmission: its parts as one run of bytes. */
import { MAX_FRAME_PARTS, type PacketMemory, type TransmitFrame } from "../../libos/hal/mod.ts";
import { checkRange } from "./packet-range.ts";

/**
 * Holds a frame to the contract.
 *
 * @returns Its length in bytes.
 * @throws RangeError for parts outside of packet memory and for a checksum outside of the frame.
 */
export function checkParts(frame: TransmitFrame, slabBytes: number): number {
  const { partCount, checksumStart, checksumOffset } = frame;
  if (!(partCount >= 1 && partCount <= MAX_FRAME_PARTS)) {
    throw new RangeError(`a frame of ${partCount} parts: 1 .. ${MAX_FRAME_PARTS} are possible`);
  }
  let length = 0;
  for (let part = 0; part < partCount; part++) {
    const partLength = frame.partLength[part]!;
    if (partLength < 1) throw new RangeError(`part ${part} of a frame has ${partLength} bytes`);
    checkRange("a part of a frame", frame.partOffset[part]!, partLength, slabBytes);
    length += partLength;
  }
  if (checksumStart >= 0 && checksumStart + checksumOffset + 2 > length) {
    throw new RangeError(`a checksum at ${checksumStart} + ${checksumOffset} of ${length} bytes`);
  }
  return length;
}

/** @returns Byte `index` of the frame; 0 behind its end. */
export function byteAt(memory: PacketMemory, frame: TransmitFrame, index: number): number {
  let skip = index;
  for (let part = 0; part < frame.partCount; part++) {
    const partLength = frame.partLength[part]!;
    if (skip < partLength) return memory.bytes[frame.partOffset[part]! + skip]!;
    skip -= partLength;
  }
  return 0;
}

/** Copies the whole frame to `to`. */
export function copyParts(memory: PacketMemory, frame: TransmitFrame, to: number): void {
  let at = to;
  for (let part = 0; part < frame.partCount; part++) {
    const length = frame.partLength[part]!;
    memory.copy(at, frame.partOffset[part]!, length);
    at += length;
  }
}

/** Copies `length` bytes, from byte `from` of the frame, to `to`. */
export function copyRange(
  memory: PacketMemory,
  frame: TransmitFrame,
  from: number,
  length: number,
  to: number,
): void {
  let skip = from;
  let done = 0;
  for (let part = 0; done < length; part++) {
    const partLength = frame.partLength[part]!;
    if (skip >= partLength) {
      skip -= partLength;
      continue;
    }
    const count = Math.min(partLength - skip, length - done);
    memory.copy(to + done, frame.partOffset[part]! + skip, count);
    done += count;
    skip = 0;
  }
}

/**
 * As `copyRange`, and sums what is copied in the same pass.
 *
 * @returns The sum of the range, folded and not inverted (as `PacketMemory.checksum`).
 */
export function copyRangeChecksum(
  memory: PacketMemory,
  frame: TransmitFrame,
  from: number,
  length: number,
  to: number,
): number {
  let skip = from;
  let done = 0;
  let sum = 0;
  for (let part = 0; done < length; part++) {
    const partLength = frame.partLength[part]!;
    if (skip >= partLength) {
      skip -= partLength;
      continue;
    }
    const count = Math.min(partLength - skip, length - done);
    const partSum = memory.copyChecksum(to + done, frame.partOffset[part]! + skip, count, 0);
    // A part that begins at an odd byte is summed with its bytes swapped (RFC 1071, 2B).
    const aligned = done % 2 === 0 ? partSum : ((partSum & 0xff) << 8) | (partSum >> 8);
    sum += aligned;
    if (sum > 0xffff) sum -= 0xffff;
    done += count;
    skip = 0;
  }
  return sum;
}

/**
 * What is stored for a sum: its complement; and 0xffff in the place of 0, which means the same in
 * one's complement and which UDP needs (RFC 768).
 */
export function checksumOf(sum: number): number {
  return ~sum & 0xffff || 0xffff;
}
