import { assert } from "../../libos/kernel/mod.ts";

/**
 * Contiguous blocks in one range of packet memory, taken and released in the same order. Taking and
 * releasing allocate nothing and search nothing.
 */
export class ByteRing {
  readonly #base: number;
  readonly #bytes: number;
  readonly #starts: Int32Array;
  #first = 0;
  #count = 0;
  #head = 0;

  /**
   * @param base Where the range begins, a multiple of 4.
   * @param bytes Its length.
   * @param capacity The most blocks at one time.
   */
  constructor(base: number, bytes: number, capacity: number) {
    assert(base % 4 === 0 && capacity > 0, `ByteRing(${base}, ${bytes}, ${capacity})`);
    this.#base = base;
    this.#bytes = bytes;
    this.#starts = new Int32Array(capacity);
  }

  /** Blocks that are taken. */
  get count(): number {
    return this.#count;
  }

  /** @returns The offset of a new block, a multiple of 4; or -1 when there is no room. */
  take(bytes: number): number {
    const size = (bytes + 3) & ~3;
    if (this.#count === this.#starts.length) return -1;
    if (this.#count === 0) this.#head = 0;
    const tail = this.#count === 0 ? 0 : this.#starts[this.#first]!;
    let start = this.#head;
    if (this.#count > 0 && start <= tail) {
      if (tail - start < size) return -1;
    } else if (this.#bytes - start < size) {
      if (tail < size) return -1;
      start = 0;
    }
    this.#starts[(this.#first + this.#count) % this.#starts.length] = start;
    this.#count++;
    this.#head = start + size;
    return this.#base + start;
  }

  /** Releases the oldest block. */
  release(): void {
    assert(this.#count > 0, "ByteRing.release() of nothing");
    this.#first = (this.#first + 1) % this.#starts.length;
    this.#count--;
  }
}
