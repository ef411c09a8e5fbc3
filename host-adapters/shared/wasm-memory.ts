/** Packet memory over a `WebAssembly.Memory`, with copy and checksum in SIMD. */
import type { PacketMemory } from "../../libos/hal/mod.ts";
import type { PacketModule } from "./packet-module.ts";
import { checkRange } from "./packet-range.ts";

/** Up to this length a loop beats `set` on a fresh `subarray`, which is an object to be collected. */
const LOOP_BYTES = 32;

/** Bytes behind the slab that copies out of it pass through, and the longest of these copies. */
export const SCRATCH_BYTES = 256;

/**
 * Some bytes behind a slab, with a ready view for each length. A short copy out of the slab goes
 * through them: a second copy costs less than an object for each packet (`bench/memory.ts`).
 */
export class Scratch {
  readonly offset: number;
  /** By length, 0 .. `SCRATCH_BYTES`. */
  readonly views: readonly Uint8Array[];

  /** @param bytes The module's whole memory; the scratch lies at `offset` in it. */
  constructor(bytes: Uint8Array, offset: number) {
    const view = (_: unknown, length: number): Uint8Array =>
      bytes.subarray(offset, offset + length);
    this.offset = offset;
    this.views = Array.from({ length: SCRATCH_BYTES + 1 }, view);
  }
}

class WasmMemory implements PacketMemory {
  readonly bytes: Uint8Array;
  readonly regionOffset: number;
  readonly regionBytes: number;
  readonly #module: PacketModule;
  readonly #scratch: Scratch;
  readonly #size: number;

  constructor(
    bytes: Uint8Array,
    module: PacketModule,
    scratch: Scratch,
    regionOffset: number,
    regionBytes: number,
  ) {
    this.bytes = bytes;
    this.#scratch = scratch;
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
    if (length === source.length) {
      bytes.set(source, to);
    } else if (length <= LOOP_BYTES) {
      for (let index = 0; index < length; index++)
        bytes[to + index] = source[sourceOffset + index]!;
    } else {
      bytes.set(source.subarray(sourceOffset, sourceOffset + length), to);
    }
  }

  copyOut(target: Uint8Array, targetOffset: number, from: number, length: number): void {
    checkRange("copyOut from", from, length, this.#size);
    checkRange("copyOut target", targetOffset, length, target.length);
    if (length <= SCRATCH_BYTES) {
      const { offset, views } = this.#scratch;
      this.#module.copy(offset, from, length);
      target.set(views[length]!, targetOffset);
    } else {
      target.set(this.bytes.subarray(from, from + length), targetOffset);
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

/** Makes one region's face of a slab whose functions are `module`; all share one `scratch`. */
export function createWasmMemory(
  bytes: Uint8Array,
  module: PacketModule,
  scratch: Scratch,
  regionOffset: number,
  regionBytes: number,
): PacketMemory {
  return new WasmMemory(bytes, module, scratch, regionOffset, regionBytes);
}
