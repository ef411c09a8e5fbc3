/** The sectors of a simulated disk, in chunks that are made when they are first written. */
const CHUNK_BYTES = 65_536;

export class SectorStore {
  readonly #chunks = new Map<number, Uint8Array>();

  /** Reads `length` bytes at `position` to `target[offset ..]`; what was never written is zero. */
  read(position: number, target: Uint8Array, offset: number, length: number): void {
    for (let done = 0; done < length;) {
      const at = position + done;
      const inChunk = at % CHUNK_BYTES;
      const count = Math.min(CHUNK_BYTES - inChunk, length - done);
      const chunk = this.#chunks.get(Math.floor(at / CHUNK_BYTES));
      if (chunk === undefined) target.fill(0, offset + done, offset + done + count);
      else target.set(chunk.subarray(inChunk, inChunk + count), offset + done);
      done += count;
    }
  }

  write(position: number, source: Uint8Array): void {
    for (let done = 0; done < source.length;) {
      const at = position + done;
      const index = Math.floor(at / CHUNK_BYTES);
      const inChunk = at % CHUNK_BYTES;
      const count = Math.min(CHUNK_BYTES - inChunk, source.length - done);
      let chunk = this.#chunks.get(index);
      if (chunk === undefined) {
        chunk = new Uint8Array(CHUNK_BYTES);
        this.#chunks.set(index, chunk);
      }
      chunk.set(source.subarray(done, done + count), inChunk);
      done += count;
    }
  }

  /** Makes this store equal to `other`. */
  assign(other: SectorStore): void {
    this.#chunks.clear();
    for (const [index, chunk] of other.#chunks) this.#chunks.set(index, chunk.slice());
  }
}
