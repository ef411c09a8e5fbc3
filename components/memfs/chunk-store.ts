/**
 * The memory of file contents, in chunks: arrays of 256 bytes to 64 KiB whose lengths are powers of
 * two, except where the bound is so near that only a smaller multiple of 256 is left.
 *
 * An engine takes microseconds to make an array of its own, and much less to make a view. So small
 * chunks are views of slabs; a slab holds chunks of one length, and goes back to the engine when
 * none of them is in use and enough free memory is at hand without it.
 */

/** The longest chunk, and the part of a file that one chunk covers. */
export const CHUNK_BYTES = 65_536;
/** Chunks are multiples of this. */
export const CHUNK_GRAIN_BYTES = 256;
const GRAIN_SHIFT = 8;
const SLAB_BYTES = 65_536;
/** Exponents of chunk lengths: 8 (256 bytes) .. 16 (64 KiB). */
const EXPONENTS = 17;

/** Memory for chunks of one length. */
class Slab {
  readonly exponent: number;
  readonly buffer: ArrayBuffer;
  readonly free: Uint8Array[] = [];
  /** Bytes from which no chunk was made yet begin here; they are zero. */
  fresh = 0;
  live = 0;

  constructor(exponent: number, bytes: number) {
    this.exponent = exponent;
    this.buffer = new ArrayBuffer(bytes);
  }

  get hasRoom(): boolean {
    return this.free.length > 0 || this.fresh < this.buffer.byteLength;
  }
}

export class ChunkStore {
  /** Bytes in use by files. */
  usedBytes = 0;
  readonly #limitBytes: number;
  readonly #recycledLimitBytes: number;
  /** Bytes of slabs that nothing uses. */
  #idleBytes = 0;
  readonly #slabs = new Map<ArrayBufferLike, Slab>();
  /** Slabs with room, by the exponent of their chunks. */
  readonly #open: Slab[][] = [];

  constructor(limitBytes: number, recycledLimitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#recycledLimitBytes = recycledLimitBytes;
    for (let exponent = 0; exponent < EXPONENTS; exponent++) this.#open.push([]);
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
    const slab = this.#open[exponent]!.at(-1) ?? this.#addSlab(exponent);
    if (slab.live++ === 0) this.#idleBytes -= slab.buffer.byteLength;
    const recycled = slab.free.pop();
    if (recycled === undefined) {
      slab.fresh += length;
      if (!slab.hasRoom) this.#open[exponent]!.pop();
      return new Uint8Array(slab.buffer, slab.fresh - length, length);
    }
    if (!slab.hasRoom) this.#open[exponent]!.pop();
    if (keptFrom > 0) recycled.fill(0, 0, keptFrom);
    if (keptTo < length) recycled.fill(0, keptTo);
    return recycled;
  }

  #addSlab(exponent: number): Slab {
    const slab = new Slab(exponent, SLAB_BYTES);
    this.#slabs.set(slab.buffer, slab);
    this.#open[exponent]!.push(slab);
    this.#idleBytes += SLAB_BYTES;
    return slab;
  }

  /** Near the bound: as many grains as are needed and left, in an array of their own. */
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
    this.usedBytes -= chunk.length;
    const slab = this.#slabs.get(chunk.buffer);
    if (slab === undefined) return;
    const open = this.#open[slab.exponent]!;
    if (!slab.hasRoom) open.push(slab);
    slab.free.push(chunk);
    slab.live--;
    if (slab.live > 0) return;
    if (this.#idleBytes + slab.buffer.byteLength <= this.#recycledLimitBytes) {
      this.#idleBytes += slab.buffer.byteLength;
      return;
    }
    this.#slabs.delete(slab.buffer);
    open.splice(open.indexOf(slab), 1);
  }
}
