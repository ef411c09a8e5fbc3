import type { Route } from "../ip/mod.ts";
import { blockBytes, type Memory, type MemoryOwner } from "../../libos/kernel/mod.ts";

/** The smallest block of a queue: room for a few small messages. */
export const MIN_QUEUE_BLOCK_BYTES = 4096;

/** A block that a device may still read: free once `route` has transmitted frame `epoch`. */
interface LimboBlock {
  readonly offset: number;
  readonly bytes: number;
  readonly route: Route;
  readonly epoch: number;
}

/**
 * Blocks of packet memory for the queues of connections.
 *
 * A queue gives its block back when it is empty (a send queue at the end of the turn, because the
 * next bytes often come within it) and takes one with the next byte, so that an idle connection
 * holds none. Blocks therefore go through a small cache, and those that a device
 * may still read go through a limbo first.
 */
export class Blocks {
  readonly #owner: MemoryOwner;
  readonly #maxCachedBytes: number;
  /** Offsets of cached blocks by order, and how many there are: a stack that never shrinks. */
  readonly #cached: number[][] = [];
  readonly #cachedCount: Int32Array = new Int32Array(32);
  readonly #limbo: LimboBlock[] = [];
  #cachedBytes = 0;

  constructor(memory: Memory, name: string, limitBytes: number, maxCachedBytes: number) {
    this.#owner = memory.owner(name, limitBytes);
    this.#maxCachedBytes = Math.min(maxCachedBytes, limitBytes >> 2);
    for (let order = 0; order < 32; order++) this.#cached.push([]);
  }

  /** Bytes in use by queues or by devices. */
  get usedBytes(): number {
    return this.#owner.usedBytes - this.#cachedBytes;
  }

  get limitBytes(): number {
    return this.#owner.limitBytes;
  }

  /** False when not even the smallest block may be taken. */
  get hasRoom(): boolean {
    return this.usedBytes + MIN_QUEUE_BLOCK_BYTES <= this.#owner.limitBytes;
  }

  /**
   * The longest block that a queue may take now, a power of two: half of what is free, and from half
   * of the memory on less and less. So queues that nobody empties leave room for those of others.
   */
  get fairBytes(): number {
    const { limitBytes } = this;
    const freeBytes = limitBytes - this.usedBytes;
    if (freeBytes > limitBytes / 2) return ((1 << (31 - Math.clz32(freeBytes))) >>> 0) / 2;
    if (freeBytes > limitBytes / 4) return 16 * MIN_QUEUE_BLOCK_BYTES;
    return freeBytes > limitBytes / 8 ? 4 * MIN_QUEUE_BLOCK_BYTES : MIN_QUEUE_BLOCK_BYTES;
  }

  get limboCount(): number {
    return this.#limbo.length;
  }

  /** @returns A block of `bytes` (a power of two), or -1 when there is none. */
  allocate(bytes: number): number {
    const order = 31 - Math.clz32(bytes);
    const count = this.#cachedCount[order]!;
    if (count > 0) {
      this.#cachedBytes -= bytes;
      this.#cachedCount[order] = count - 1;
      return this.#cached[order]![count - 1]!;
    }
    const offset = this.#owner.allocate(bytes);
    if (offset >= 0 || this.#cachedBytes === 0) return offset;
    this.trim();
    return this.#owner.allocate(bytes);
  }

  free(offset: number, bytes: number): void {
    if (this.#cachedBytes + bytes > this.#maxCachedBytes) {
      this.#owner.free(offset, bytes);
      return;
    }
    this.#cachedBytes += bytes;
    const order = 31 - Math.clz32(bytes);
    const count = this.#cachedCount[order]!;
    this.#cachedCount[order] = count + 1;
    this.#cached[order]![count] = offset;
  }

  /** Frees a block once `route` has transmitted its frame number `epoch`. */
  freeAfter(offset: number, bytes: number, route: Route, epoch: number): void {
    if (route.transmitted() >= epoch) this.free(offset, bytes);
    else this.#limbo.push({ offset, bytes, route, epoch });
  }

  /** Frees what devices have finished with. */
  sweepLimbo(): void {
    const limbo = this.#limbo;
    let kept = 0;
    for (const block of limbo) {
      if (block.route.transmitted() >= block.epoch) this.free(block.offset, block.bytes);
      else limbo[kept++] = block;
    }
    limbo.length = kept;
  }

  /** Gives cached blocks back to the memory of the system. */
  trim(): void {
    for (let order = 0; order < 32; order++) {
      const cached = this.#cached[order]!.slice(0, this.#cachedCount[order]!);
      for (const offset of cached) this.#owner.free(offset, 2 ** order);
      this.#cached[order]!.length = 0;
      this.#cachedCount[order] = 0;
    }
    this.#cachedBytes = 0;
  }
}

/** The block for a queue that is to hold `bytes`. */
export function queueBlockBytes(bytes: number): number {
  return Math.max(MIN_QUEUE_BLOCK_BYTES, blockBytes(bytes));
}
