/** Packet memory over a `WebAssembly.Memory`, with copy and checksum in SIMD. */
import type { PacketMemory } from "../../libos/hal/mod.ts";
import type { PacketModule } from "./packet-module.ts";
import { checkRange } from "./packet-range.ts";

/**
 * Up to this length a loop beats `set` on a fresh `subarray` (measured: 28 ns for the view of any
 * length, 0.7 ns for each byte of the loop).
 */
const LOOP_BYTES = 32;

class WasmMemory implements PacketMemory {
  readonly bytes: Uint8Array;
  readonly regionOffset: number;
  readonly regionBytes: number;
  readonly #module: PacketModule;
  readonly #size: number;

  constructor(bytes: Uint8Array, module: PacketModule, regionOffset: number, regionBytes: number) {
    this.bytes = bytes;
    this.regionOffset = regionOffset;
    this.regionBytes = regionBytes;
    this.#module = module;
    this.#size = bytes.length;
  }

  copy(to: number, from: number, length: number): void {
    checkRange("copy to", to, length, this.#size);
    checkRange("copy from", from, length, this.#size);
    this.#module.copy(to, from, length);
  }

  copyIn(to: number, source: Uint8Array, sourceOffset: number, length: number): void {
    checkRange("copyIn to", to, length, this.#size);
    checkRange("copyIn source", sourceOffset, length, source.length);
    const { bytes } = this;
    if (length <= LOOP_BYTES) {
      for (let index = 0; index < length; index++)
        bytes[to + index] = source[sourceOffset + index]!;
    } else if (length === source.length) {
      bytes.set(source, to);
    } else {
      bytes.set(source.subarray(sourceOffset, sourceOffset + length), to);
    }
  }

  copyOut(target: Uint8Array, targetOffset: number, from: number, length: number): void {
    checkRange("copyOut from", from, length, this.#size);
    checkRange("copyOut target", targetOffset, length, target.length);
    const { bytes } = this;
    if (length <= LOOP_BYTES) {
      for (let index = 0; index < length; index++) {
        target[targetOffset + index] = bytes[from + index]!;
      }
    } else {
      target.set(bytes.subarray(from, from + length), targetOffset);
    }
  }

  zero(offset: number, length: number): void {
    checkRange("zero", offset, length, this.#size);
    this.#module.zero(offset, length);
  }

  checksum(offset: number, length: number, sum: number): number {
    checkRange("checksum", offset, length, this.#size);
    return this.#module.checksum(offset, length, sum);
  }

  copyChecksum(to: number, from: number, length: number, sum: number): number {
    checkRange("copyChecksum to", to, length, this.#size);
    checkRange("copyChecksum from", from, length, this.#size);
    return this.#module.copyChecksum(to, from, length, sum);
  }
}

/** Makes one region's face of a slab whose functions are `module`. */
export function createWasmMemory(
  bytes: Uint8Array,
  module: PacketModule,
  regionOffset: number,
  regionBytes: number,
): PacketMemory {
  return new WasmMemory(bytes, module, regionOffset, regionBytes);
}
