/** A slab of packet memory, and its regions: one for each system and for each ring of a device. */
import type { PacketMemory } from "../../libos/hal/mod.ts";
import { encodePacketModule, type PacketModule } from "./packet-module.ts";
import { createPlainMemory } from "./plain-memory.ts";
import { createWasmMemory, Scratch } from "./wasm-memory.ts";
import { instantiate } from "./wasm-instance.ts";

/** Regions begin and end at multiples of this. */
export const REGION_ALIGNMENT = 4096;

/** The largest slab: offsets in it are signed 32-bit integers (`TransmitFrame.partOffset`). */
export const MAX_SLAB_BYTES: number = 2 ** 31 - 65_536;

const WASM_PAGE_BYTES = 65_536;

/** One block of memory that never moves and never grows, given out in regions. */
export interface Slab {
  readonly bytes: Uint8Array;
  /** Bytes that are not given out yet. */
  readonly freeBytes: number;
  /**
   * Gives out the next region, for the life of the slab. Every region's `PacketMemory` reaches the
   * whole slab; keeping to one's own region is up to whoever holds it.
   *
   * @param bytes Length, rounded up to a multiple of 4096. Never given out twice.
   * @throws RangeError when the slab has less left.
   */
  region(bytes: number): PacketMemory;
}

type MakeRegion = (regionOffset: number, regionBytes: number) => PacketMemory;

class RegionSlab implements Slab {
  readonly bytes: Uint8Array;
  readonly #make: MakeRegion;
  #nextOffset = 0;

  constructor(bytes: Uint8Array, make: MakeRegion) {
    this.bytes = bytes;
    this.#make = make;
  }

  get freeBytes(): number {
    return this.bytes.length - this.#nextOffset;
  }

  region(bytes: number): PacketMemory {
    const length = Math.ceil(bytes / REGION_ALIGNMENT) * REGION_ALIGNMENT;
    if (!(bytes > 0) || length > this.freeBytes) {
      throw new RangeError(
        `a region of ${bytes} bytes: the slab has ${this.freeBytes} of ${this.bytes.length} left`,
      );
    }
    const offset = this.#nextOffset;
    this.#nextOffset += length;
    return this.#make(offset, length);
  }
}

function checkTotal(totalBytes: number): void {
  if (!(totalBytes > 0 && totalBytes <= MAX_SLAB_BYTES)) {
    throw new RangeError(`a slab of ${totalBytes} bytes: 1 .. ${MAX_SLAB_BYTES} are possible`);
  }
}

/**
 * Makes a slab in a `WebAssembly.Memory` of fixed size, all zero. The operating system commits its
 * pages when they are first touched.
 *
 * @param totalBytes Rounded up to a multiple of 64 KiB.
 * @throws RangeError when `totalBytes` is not in 1 .. `MAX_SLAB_BYTES` or the host has no room.
 */
export function createSlab(totalBytes: number): Slab {
  checkTotal(totalBytes);
  const pages = Math.ceil(totalBytes / WASM_PAGE_BYTES);
  // One page more than is given out: the scratch of copies.
  const module = instantiate<PacketModule>(encodePacketModule(), pages + 1);
  const slabBytes = pages * WASM_PAGE_BYTES;
  const bytes = module.bytes.subarray(0, slabBytes);
  const scratch = new Scratch(module.bytes, slabBytes);
  return new RegionSlab(bytes, (offset, length) =>
    createWasmMemory(bytes, module.exports, scratch, offset, length),
  );
}

/** Makes a slab of plain TypeScript: the reference, and for engines without WebAssembly. */
export function createPlainSlab(totalBytes: number): Slab {
  checkTotal(totalBytes);
  const bytes = new Uint8Array(Math.ceil(totalBytes / REGION_ALIGNMENT) * REGION_ALIGNMENT);
  return new RegionSlab(bytes, (offset, length) => createPlainMemory(bytes, offset, length));
}
