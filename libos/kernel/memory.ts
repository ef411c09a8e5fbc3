/**
 * Packet memory, shared out: a buddy allocator over this system's region of the slab, with owners
 * and limits.
 *
 * Blocks are powers of two, so that a TCP queue is one contiguous ring and a segment of 64 KiB needs
 * two parts at the most. Every block is charged to an owner; an owner that reaches its limit gets
 * -1, and so does everybody when the region is full: nothing grows without a bound.
 */
import type { PacketMemory } from "../hal/mod.ts";
import { assert } from "./assert.ts";

/** The smallest block, in bytes: a header slot. */
export const MIN_BLOCK_BYTES = 256;

/** An account to which blocks are charged. */
export interface MemoryOwner {
  readonly name: string;
  /** The most bytes charged at one time. */
  readonly limitBytes: number;
  /** Bytes charged now, with rounding to blocks. */
  readonly usedBytes: number;
  /** The highest `usedBytes` so far. */
  readonly peakBytes: number;
  /** How many requests were refused. */
  readonly refused: number;
  /**
   * Takes a block of at least `bytes`.
   *
   * @param bytes 1 .. the region's length.
   * @returns Its offset in packet memory, a multiple of its size (relative to the region), not
   *   cleared; or -1 at the owner's limit or when the region is full.
   */
  allocate(bytes: number): number;
  /** Gives a block back. `bytes` is what `allocate` was asked for, or the block's size. */
  free(offset: number, bytes: number): void;
}

/** The packet memory of one system. */
export interface Memory {
  readonly packet: PacketMemory;
  /** Bytes in the region that can be allocated. */
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly owners: readonly MemoryOwner[];
  /** Opens an account. Names are for people; they need not be unique. */
  owner(name: string, limitBytes: number): MemoryOwner;
  /**
   * Sets who is asked for memory before a request is refused because the region is full.
   *
   * @param reclaim Gives some back, at once, and says whether it did: then the region is looked at
   *   again. Another one takes its place.
   */
  onScarce(reclaim: () => boolean): void;
}

/** @returns The block's size for a request: the next power of two, at least `MIN_BLOCK_BYTES`. */
export function blockBytes(bytes: number): number {
  if (bytes <= MIN_BLOCK_BYTES) return MIN_BLOCK_BYTES;
  return 2 * ((1 << (31 - Math.clz32(bytes - 1))) >>> 0);
}

class Owner implements MemoryOwner {
  readonly name: string;
  readonly limitBytes: number;
  usedBytes = 0;
  peakBytes = 0;
  refused = 0;
  readonly #buddies: Buddies;

  constructor(buddies: Buddies, name: string, limitBytes: number) {
    this.#buddies = buddies;
    this.name = name;
    this.limitBytes = limitBytes;
  }

  allocate(bytes: number): number {
    assert(bytes > 0, `${this.name}: allocate(${bytes})`);
    const size = blockBytes(bytes);
    const offset = this.usedBytes + size > this.limitBytes ? -1 : this.#buddies.obtain(size);
    if (offset < 0) {
      this.refused++;
      return -1;
    }
    this.usedBytes += size;
    if (this.usedBytes > this.peakBytes) this.peakBytes = this.usedBytes;
    return offset;
  }

  free(offset: number, bytes: number): void {
    const size = blockBytes(bytes);
    assert(this.usedBytes >= size, `${this.name}: free(${offset}, ${bytes}) of what it lacks`);
    this.#buddies.free(offset, size);
    this.usedBytes -= size;
  }
}

/**
 * The free blocks, by order (order 0 is `MIN_BLOCK_BYTES`). `#free[order]` is a stack that may hold
 * stale entries; `#orderOfFree[unit]` is the truth: order + 1 of the free block that begins there.
 */
class Buddies {
  readonly #base: number;
  readonly #units: number;
  readonly #orderOfFree: Uint8Array;
  readonly #free: number[][] = [];
  reclaim: (() => boolean) | undefined;
  usedBytes = 0;

  constructor(base: number, bytes: number) {
    this.#base = base;
    this.#units = Math.floor(bytes / MIN_BLOCK_BYTES);
    this.#orderOfFree = new Uint8Array(this.#units);
    for (let order = 0; order < 32; order++) this.#free.push([]);
    let unit = 0;
    while (unit < this.#units) {
      // As large as what is left, and as its place allows.
      const left = 31 - Math.clz32(this.#units - unit);
      const order = unit === 0 ? left : Math.min(left, 31 - Math.clz32(unit & -unit));
      this.#put(unit, order);
      unit += 1 << order;
    }
  }

  /** As `allocate`, and where there is nothing left, of what can be had back. */
  obtain(size: number): number {
    let offset = this.allocate(size);
    while (offset < 0 && this.reclaim?.() === true) offset = this.allocate(size);
    return offset;
  }

  allocate(size: number): number {
    const wanted = 31 - Math.clz32(size / MIN_BLOCK_BYTES);
    for (let order = wanted; order < 32; order++) {
      const unit = this.#take(order);
      if (unit < 0) continue;
      while (order > wanted) {
        order--;
        this.#put(unit + (1 << order), order);
      }
      this.usedBytes += size;
      return this.#base + unit * MIN_BLOCK_BYTES;
    }
    return -1;
  }

  free(offset: number, size: number): void {
    let unit = (offset - this.#base) / MIN_BLOCK_BYTES;
    let order = 31 - Math.clz32(size / MIN_BLOCK_BYTES);
    assert(Number.isInteger(unit) && unit >= 0 && unit < this.#units, `free(${offset}): no block`);
    assert(this.#orderOfFree[unit] === 0, `free(${offset}): free already`);
    this.usedBytes -= size;
    for (;;) {
      const buddy = unit ^ (1 << order);
      if (buddy >= this.#units || this.#orderOfFree[buddy] !== order + 1) break;
      this.#orderOfFree[buddy] = 0;
      unit = Math.min(unit, buddy);
      order++;
    }
    this.#put(unit, order);
  }

  #put(unit: number, order: number): void {
    this.#orderOfFree[unit] = order + 1;
    const stack = this.#free[order]!;
    stack.push(unit);
    // Merging leaves stale entries behind; sweep them out before they outnumber the live ones.
    if (stack.length > 64 && stack.length > 2 * (this.#units >> order)) this.#sweep(order);
  }

  #take(order: number): number {
    const stack = this.#free[order]!;
    while (stack.length > 0) {
      const unit = stack.pop()!;
      if (this.#orderOfFree[unit] !== order + 1) continue;
      this.#orderOfFree[unit] = 0;
      return unit;
    }
    return -1;
  }

  #sweep(order: number): void {
    const live = new Set(
      this.#free[order]!.filter((unit) => this.#orderOfFree[unit] === order + 1),
    );
    this.#free[order] = [...live];
  }
}

/** Makes the allocator over `packet`'s region. */
export function createMemory(packet: PacketMemory): Memory {
  const buddies = new Buddies(packet.regionOffset, packet.regionBytes);
  const owners: MemoryOwner[] = [];
  return {
    packet,
    totalBytes: packet.regionBytes,
    owners,
    get usedBytes(): number {
      return buddies.usedBytes;
    },
    owner(name: string, limitBytes: number): MemoryOwner {
      const owner = new Owner(buddies, name, limitBytes);
      owners.push(owner);
      return owner;
    },
    onScarce(reclaim: () => boolean): void {
      buddies.reclaim = reclaim;
    },
  };
}
