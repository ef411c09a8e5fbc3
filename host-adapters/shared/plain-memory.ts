/** Packet memory in plain TypeScript: the reference that every other implementation must equal. */
import type { PacketMemory } from "../../libos/hal/mod.ts";
import { checkRange } from "./packet-range.ts";

class PlainMemory implements PacketMemory {
  readonly bytes: Uint8Array;
  readonly regionOffset: number;
  readonly regionBytes: number;

  constructor(bytes: Uint8Array, regionOffset: number, regionBytes: number) {
    this.bytes = bytes;
    this.regionOffset = regionOffset;
    this.regionBytes = regionBytes;
  }

  copy(to: number, from: number, length: number): void {
    checkRange("copy to", to, length, this.bytes.length);
    checkRange("copy from", from, length, this.bytes.length);
    this.bytes.copyWithin(to, from, from + length);
  }

  copyIn(to: number, source: Uint8Array, sourceOffset: number, length: number): void {
    checkRange("copyIn to", to, length, this.bytes.length);
    checkRange("copyIn source", sourceOffset, length, source.length);
    this.bytes.set(source.subarray(sourceOffset, sourceOffset + length), to);
  }

  copyOut(target: Uint8Array, targetOffset: number, from: number, length: number): void {
    checkRange("copyOut from", from, length, this.bytes.length);
    checkRange("copyOut target", targetOffset, length, target.length);
    target.set(this.bytes.subarray(from, from + length), targetOffset);
  }

  zero(offset: number, length: number): void {
    checkRange("zero", offset, length, this.bytes.length);
    this.bytes.fill(0, offset, offset + length);
  }

  checksum(offset: number, length: number, sum: number): number {
    checkRange("checksum", offset, length, this.bytes.length);
    const { bytes } = this;
    const evenEnd = offset + length - (length % 2);
    let total = sum;
    // A `number` is exact up to 2^53, which no slab's sum reaches.
    for (let at = offset; at < evenEnd; at += 2) total += (bytes[at]! << 8) | bytes[at + 1]!;
    if (length % 2 === 1) total += bytes[evenEnd]! << 8;
    while (total > 0xffff) total = (total % 0x10000) + Math.floor(total / 0x10000);
    return total;
  }

  copyChecksum(to: number, from: number, length: number, sum: number): number {
    this.copy(to, from, length);
    return this.checksum(from, length, sum);
  }
}

/** Makes packet memory over any bytes; `regionOffset` and `regionBytes` are multiples of 4096. */
export function createPlainMemory(
  bytes: Uint8Array,
  regionOffset: number,
  regionBytes: number,
): PacketMemory {
  return new PlainMemory(bytes, regionOffset, regionBytes);
}
