/**
 * The memory of file contents, in chunks: arrays of 256 bytes to 64 KiB whose lengths are powers of
 * two, except where the bound is so near that only a smaller multiple of 256 is left.
 */

/** The longest chunk, and the part of a file that one chunk covers. */
export const CHUNK_BYTES = 65_536;
/** Chunks are multiples of this. */
export const CHUNK_GRAIN_BYTES = 256;
const GRAIN_SHIFT = 8;

export class ChunkStore {
  /** Bytes in use by files. */
  usedBytes = 0;
  readonly #limitBytes: number;
  readonly #recycledLimitBytes: number;
  #recycledBytes = 0;
  /** Freed chunks by the exponent of their length: [8] has those of 256 bytes. */
  readonly #recycled: Uint8Array[][] = Array.from({ length: 17 }, () => []);

  constructor(limitBytes: number, recycledLimitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#recycledLimitBytes = recycledLimitBytes;
  }

  /**
   * Takes a chunk.
   *
   * @param bytes What it should hold, 1 .. CHUNK_BYTES.
   * @param usefulBytes What it must hold to be of any use, `replacedBytes` < n <= `bytes`.
   * @param replacedBytes What the caller is going to release for it.
   * @param keptFrom The caller overwrites `keptFrom .. keptTo`; the rest is zero.
   * @returns A chunk of at least `bytes`; a shorter one when the bound is near, but of at least
   *   `usefulBytes`; or undefined when there is none.
   */
  take(
    bytes: number,
    usefulBytes: number,
    replacedBytes: number,
    keptFrom: number,
    keptTo: number,
  ): Uint8Array | undefined {
    const exponent = bytes <= CHUNK_GRAIN_BYTES ? GRAIN_SHIFT : 32 - Math.clz32(bytes - 1);
    const length = 1 << exponent;
    const room = this.#limitBytes - this.usedBytes + replacedBytes;
    if (length > room) return this.#takeLast(bytes, usefulBytes, room);
    this.usedBytes += length;
    const recycled = this.#recycled[exponent]!.pop();
    if (recycled === undefined) return new Uint8Array(length);
    this.#recycledBytes -= length;
    if (keptFrom > 0) recycled.fill(0, 0, keptFrom);
    if (keptTo < length) recycled.fill(0, keptTo);
    return recycled;
  }

  /** Near the bound: as many grains as are needed and left. */
  #takeLast(bytes: number, usefulBytes: number, room: number): Uint8Array | undefined {
    const wanted = Math.ceil(bytes / CHUNK_GRAIN_BYTES) * CHUNK_GRAIN_BYTES;
    const left = Math.floor(room / CHUNK_GRAIN_BYTES) * CHUNK_GRAIN_BYTES;
    const length = Math.min(wanted, left);
    if (length < usefulBytes) return undefined;
    this.usedBytes += length;
    return new Uint8Array(length);
  }

  /** Gives a chunk back. */
  release(chunk: Uint8Array): void {
    const { length } = chunk;
    this.usedBytes -= length;
    const isPowerOfTwo = (length & (length - 1)) === 0;
    if (!isPowerOfTwo || this.#recycledBytes + length > this.#recycledLimitBytes) return;
    this.#recycledBytes += length;
    this.#recycled[31 - Math.clz32(length)]!.push(chunk);
  }
}
