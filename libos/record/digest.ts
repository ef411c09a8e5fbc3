import type { PacketMemory, TransmitFrame } from "../hal/mod.ts";

/** Takes bytes to a digest of at least 8 bytes: SHA-256 on hosts. */
export type Hash = (bytes: Uint8Array) => Uint8Array;

const STAGE_BYTES = 128 * 1024;
const DIGEST_BYTES = 8;

/**
 * A running digest of everything transmitted: a chain, in which each link hashes the link before it
 * and the bytes since then. So a check costs one hash, and the first one that differs tells where
 * a replay left the recording.
 */
export class TransmitDigest {
  readonly #hash: Hash;
  readonly #memory: PacketMemory;
  /** The slab, for the recorder of frames. */
  readonly memoryBytes: Uint8Array;
  readonly #stage: Uint8Array = new Uint8Array(STAGE_BYTES + 70_000);
  #length = DIGEST_BYTES;
  frames = 0;
  bytes = 0;

  constructor(hash: Hash, memory: PacketMemory) {
    this.#hash = hash;
    this.#memory = memory;
    this.memoryBytes = memory.bytes;
  }

  /** True when enough was transmitted since the last check to make one. */
  get isDue(): boolean {
    return this.#length >= STAGE_BYTES;
  }

  add(device: number, frame: TransmitFrame): void {
    this.frames++;
    if (this.isDue) this.#link();
    this.#stage[this.#length++] = device;
    for (let part = 0; part < frame.partCount; part++) {
      const length = frame.partLength[part]!;
      this.#memory.copyOut(this.#stage, this.#length, frame.partOffset[part]!, length);
      this.#length += length;
      this.bytes += length;
    }
  }

  /** Closes a link of the chain. @returns The digest so far, valid until the next call. */
  check(): Uint8Array {
    this.#link();
    return this.#stage.subarray(0, DIGEST_BYTES);
  }

  #link(): void {
    const digest = this.#hash(this.#stage.subarray(0, this.#length));
    for (let index = 0; index < DIGEST_BYTES; index++) this.#stage[index] = digest[index]!;
    this.#length = DIGEST_BYTES;
  }
}
