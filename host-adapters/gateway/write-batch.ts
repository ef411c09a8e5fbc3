/** Bytes of one batch: four segments of 64 KiB become one system call. */
const BATCH_BYTES = 262_144;

/** Less room than this at a batch's end is not worth keeping. */
const MIN_ROOM_BYTES = 32_768;

/** So many batches may be kept alive by slow sockets; then bytes are copied to buffers of their own. */
const MAX_PINNED_BATCHES = 16;

/** The socket that a batch writes to. */
export interface BatchTarget {
  /** Bytes that the host's kernel has not taken yet. */
  readonly queuedBytes: number;
  /** Writes one chunk, which must stay as it is while `queuedBytes` is not 0. */
  writeChunk(chunk: Uint8Array): void;
}

/**
 * Joins writes to the same socket, with one copy and in the common case without any allocation.
 *
 * A host's kernel nearly always takes a write at once; then the batch's memory is free again, and
 * one buffer serves every socket. Where the kernel takes only a part, the rest of that chunk stays
 * in use by the socket and the batch goes on behind it.
 */
export class WriteBatch {
  #buffer: Uint8Array = new Uint8Array(BATCH_BYTES);
  #start = 0;
  #end = 0;
  #target: BatchTarget | undefined;
  /** True while a chunk of `#buffer` is still in use by a socket. */
  #isPinned = false;
  /** Sockets that may keep a batch alive. */
  #pinnedBy: BatchTarget[] = [];

  /** Bytes that wait in the batch for `target`. */
  waitingBytes(target: BatchTarget): number {
    return this.#target === target ? this.#end - this.#start : 0;
  }

  append(target: BatchTarget, memory: Uint8Array, offset: number, length: number): void {
    if (this.#target !== target) this.flush();
    if (target.queuedBytes > 0 || this.#pinnedBy.length >= MAX_PINNED_BATCHES) {
      this.flush();
      target.writeChunk(memory.slice(offset, offset + length));
      this.#forgetDrained();
      return;
    }
    for (let done = 0; done < length;) {
      if (this.#end === BATCH_BYTES) this.flush();
      this.#target = target;
      const count = Math.min(length - done, BATCH_BYTES - this.#end);
      const from = offset + done;
      this.#buffer.set(memory.subarray(from, from + count), this.#end);
      this.#end += count;
      done += count;
    }
  }

  flush(): void {
    const target = this.#target;
    if (target === undefined) return;
    this.#target = undefined;
    target.writeChunk(this.#buffer.subarray(this.#start, this.#end));
    this.#start = this.#end;
    if (target.queuedBytes > 0) {
      this.#isPinned = true;
      this.#pinnedBy.push(target);
    }
    if (!this.#isPinned) {
      this.#start = this.#end = 0;
    } else if (BATCH_BYTES - this.#end < MIN_ROOM_BYTES) {
      this.#buffer = new Uint8Array(BATCH_BYTES);
      this.#start = this.#end = 0;
      this.#isPinned = false;
      this.#forgetDrained();
    }
  }

  #forgetDrained(): void {
    if (this.#pinnedBy.length === 0) return;
    this.#pinnedBy = this.#pinnedBy.filter((target) => target.queuedBytes > 0);
  }
}
