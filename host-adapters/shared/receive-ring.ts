/**
 * A ring of bytes that holds received frames of any length, one behind another, and a ring of
 * entries that describes them.
 *
 * A frame is contiguous, so the end of the ring is left empty where the next frame does not fit.
 * When the ring runs empty it begins at its start again: a ring that is drained in time stays in
 * the processor's cache.
 */
import { FRAME_ALIGNMENT_OFFSET, type PacketMemory } from "../../libos/hal/mod.ts";

/** Numbers of one entry: offset, length, segmentBytes, checksumValid (0 or 1). */
const ENTRY_NUMBERS = 4;

/** The bytes that a frame takes in the ring. */
export function slotBytes(frameLength: number): number {
  return (frameLength + FRAME_ALIGNMENT_OFFSET + 3) & ~3;
}

export class ReceiveRing {
  /** Frames in the ring. */
  count = 0;
  readonly capacity: number;
  readonly byteLength: number;
  readonly #base: number;
  readonly #entries: Int32Array;
  #firstEntry = 0;
  /** Where the oldest frame's slot begins, and where the next one's would. */
  #head = 0;
  #tail = 0;

  /**
   * @param region The ring takes all of it, and nobody else uses it.
   * @param maxFrames A power of two.
   */
  constructor(region: PacketMemory, maxFrames: number) {
    this.#base = region.regionOffset;
    this.byteLength = region.regionBytes;
    this.capacity = maxFrames;
    this.#entries = new Int32Array(ENTRY_NUMBERS * maxFrames);
  }

  /** @returns True when `frames` frames of at most `length` bytes each fit. */
  hasRoom(frames: number, length: number): boolean {
    if (this.count + frames > this.capacity) return false;
    const slot = slotBytes(length);
    const isWrapped = this.count > 0 && this.#tail <= this.#head;
    const end = isWrapped ? this.#head : this.byteLength;
    const atTail = Math.floor((end - this.#tail) / slot);
    if (atTail >= frames) return true;
    return !isWrapped && atTail + Math.floor(this.#head / slot) >= frames;
  }

  /**
   * Appends a frame, for which there is room (`hasRoom`), and whose bytes the caller now writes.
   *
   * @returns Where it lies: `FRAME_ALIGNMENT_OFFSET` past a multiple of 4.
   */
  push(length: number, segmentBytes: number, checksumValid: boolean): number {
    const slot = slotBytes(length);
    const isWrapped = this.count > 0 && this.#tail <= this.#head;
    if (!isWrapped && this.#tail + slot > this.byteLength) this.#tail = 0;
    const offset = this.#base + this.#tail + FRAME_ALIGNMENT_OFFSET;
    this.#tail += slot;
    const entry = this.#entryAt(this.count++);
    this.#entries[entry] = offset;
    this.#entries[entry + 1] = length;
    this.#entries[entry + 2] = segmentBytes;
    this.#entries[entry + 3] = checksumValid ? 1 : 0;
    return offset;
  }

  /** The oldest frame; only while `count` > 0. */
  get offset(): number {
    return this.#entries[this.#entryAt(0)]!;
  }
  get length(): number {
    return this.#entries[this.#entryAt(0) + 1]!;
  }
  get segmentBytes(): number {
    return this.#entries[this.#entryAt(0) + 2]!;
  }
  get checksumValid(): boolean {
    return this.#entries[this.#entryAt(0) + 3] === 1;
  }

  /** Forgets the oldest frame. */
  shift(): void {
    this.count--;
    this.#firstEntry = (this.#firstEntry + 1) & (this.capacity - 1);
    if (this.count === 0) {
      this.#head = 0;
      this.#tail = 0;
    } else {
      this.#head = this.offset - this.#base - FRAME_ALIGNMENT_OFFSET;
    }
  }

  #entryAt(index: number): number {
    return ((this.#firstEntry + index) & (this.capacity - 1)) * ENTRY_NUMBERS;
  }
}
