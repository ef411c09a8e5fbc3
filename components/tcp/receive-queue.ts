import type { PacketMemory } from "../../libos/hal/mod.ts";
import { type Blocks, queueBlockBytes } from "./blocks.ts";
import { SequenceRanges } from "./sequence-ranges.ts";

/** How many arrivals a SACK option can name at the most. */
const RECENT_COUNT = 4;

/**
 * What was received and is not consumed: unread bytes in order, and behind gaps what came early.
 *
 * A ring in packet memory; the byte with sequence number `s` lies at `base + (s & (ring bytes -
 * 1))`, so that an early segment is stored at its place at once. What holds:
 * `read <= next <= left of the first range`, and all of it lies within `maxBytes` from `read`.
 */
export class ReceiveQueue {
  /** The first unread byte. */
  read = 0;
  /** RCV.NXT: one past the last byte in order. */
  next = 0;
  /** What came early; undefined until something does. */
  early: SequenceRanges | undefined = undefined;
  readonly #memory: PacketMemory;
  readonly #blocks: Blocks;
  readonly #maxBytes: number;
  readonly #maxRanges: number;
  #base = -1;
  #ringBytes = 0;
  #recent: Int32Array | undefined = undefined;

  constructor(memory: PacketMemory, blocks: Blocks, maxBytes: number, maxRanges: number) {
    this.#memory = memory;
    this.#blocks = blocks;
    this.#maxBytes = maxBytes;
    this.#maxRanges = maxRanges;
  }

  /** Names the sequence number of the first byte, while the queue is empty. */
  begin(sequence: number): void {
    this.read = this.next = sequence;
  }

  get unreadBytes(): number {
    return (this.next - this.read) | 0;
  }

  get hasEarly(): boolean {
    return this.early !== undefined && this.early.count > 0;
  }

  /**
   * Appends bytes in order, from packet memory.
   *
   * @returns False when there is no memory: nothing was taken.
   */
  append(offset: number, length: number): boolean {
    if (!this.#store(this.next, offset, length)) return false;
    this.next = (this.next + length) | 0;
    return true;
  }

  /**
   * Keeps bytes that lie behind a gap.
   *
   * @returns "refused" without memory, "full" when there are too many gaps.
   */
  insert(sequence: number, offset: number, length: number): "kept" | "known" | "refused" | "full" {
    const early = (this.early ??= new SequenceRanges(this.#maxRanges));
    if (!this.#ensure((((sequence + length) | 0) - this.read) | 0)) return "refused";
    const added = early.insert(sequence, (sequence + length) | 0);
    if (added < 0) return "full";
    this.#noteRecent(sequence);
    if (added === 0) return "known";
    this.#copyIn(sequence, offset, length);
    return "kept";
  }

  /** Bytes were consumed straight from their frame, while nothing was unread. */
  skip(length: number): void {
    this.read = this.next = (this.next + length) | 0;
  }

  /** Joins what came early to what is in order, where the gap has closed. @returns True if any. */
  joinEarly(): boolean {
    const { early } = this;
    if (early === undefined || early.count === 0) return false;
    const gapEnd = early.firstGap(this.next);
    const isJoined = gapEnd !== this.next;
    this.next = gapEnd;
    early.removeBelow(this.next);
    return isJoined;
  }

  /** Where the first unread byte lies, and how many lie there in one piece. */
  get headOffset(): number {
    return this.#base + (this.read & (this.#ringBytes - 1));
  }

  get headBytes(): number {
    return Math.min(this.unreadBytes, this.#ringBytes - (this.read & (this.#ringBytes - 1)));
  }

  /** The first `length` bytes were consumed. */
  consume(length: number): void {
    this.read = (this.read + length) | 0;
    this.#freeWhenEmpty();
  }

  /** Takes out up to `length` bytes. @returns How many. */
  receive(target: Uint8Array, offset: number, length: number): number {
    let done = 0;
    while (done < length && this.unreadBytes > 0) {
      const part = Math.min(length - done, this.headBytes);
      this.#memory.copyOut(target, offset + done, this.headOffset, part);
      this.read = (this.read + part) | 0;
      done += part;
    }
    this.#freeWhenEmpty();
    return done;
  }

  /** Drops everything. */
  dispose(): void {
    this.early = undefined;
    this.#recent = undefined;
    this.read = this.next;
    this.#freeWhenEmpty();
  }

  /**
   * Names the ranges that came early, for SACK: the most recently changed first (RFC 2018 4).
   *
   * @param into Indexes of ranges; as many as it is long.
   * @returns How many.
   */
  recentRanges(into: Int32Array, max: number): number {
    const { early } = this;
    if (early === undefined) return 0;
    let count = 0;
    const recent = this.#recent!;
    for (let which = 0; which < RECENT_COUNT + early.count && count < max; which++) {
      const index =
        which < RECENT_COUNT
          ? early.indexOf(recent[which]!)
          : early.count - 1 - which + RECENT_COUNT;
      if (index < 0 || into.subarray(0, count).includes(index)) continue;
      into[count++] = index;
    }
    return count;
  }

  #noteRecent(sequence: number): void {
    const recent = (this.#recent ??= new Int32Array(RECENT_COUNT).fill(sequence));
    if (this.early!.indexOf(recent[0]!) !== this.early!.indexOf(sequence)) {
      recent.copyWithin(1, 0, RECENT_COUNT - 1);
    }
    recent[0] = sequence;
  }

  #store(sequence: number, offset: number, length: number): boolean {
    if (!this.#ensure((((sequence + length) | 0) - this.read) | 0)) return false;
    this.#copyIn(sequence, offset, length);
    return true;
  }

  #copyIn(sequence: number, offset: number, length: number): void {
    const at = sequence & (this.#ringBytes - 1);
    const first = Math.min(length, this.#ringBytes - at);
    this.#memory.copy(this.#base + at, offset, first);
    if (first < length) this.#memory.copy(this.#base, offset + first, length - first);
  }

  #freeWhenEmpty(): void {
    if (this.#base < 0 || this.read !== this.next || this.hasEarly) return;
    this.#blocks.free(this.#base, this.#ringBytes);
    this.#base = -1;
    this.#ringBytes = 0;
  }

  /** Makes the ring at least `span` bytes long. */
  #ensure(span: number): boolean {
    if (span <= this.#ringBytes) return true;
    if (span > this.#maxBytes) return false;
    const ringBytes = queueBlockBytes(span);
    const base = this.#blocks.allocate(ringBytes);
    if (base < 0) return false;
    if (this.#base >= 0) {
      this.#moveRange(this.read, this.next, base, ringBytes);
      for (let index = 0; index < (this.early?.count ?? 0); index++) {
        this.#moveRange(this.early!.left(index), this.early!.right(index), base, ringBytes);
      }
      this.#blocks.free(this.#base, this.#ringBytes);
    }
    this.#base = base;
    this.#ringBytes = ringBytes;
    return true;
  }

  #moveRange(left: number, right: number, base: number, ringBytes: number): void {
    let sequence = left;
    while (sequence !== right) {
      const from = sequence & (this.#ringBytes - 1);
      const to = sequence & (ringBytes - 1);
      const length = Math.min((right - sequence) | 0, this.#ringBytes - from, ringBytes - to);
      this.#memory.copy(base + to, this.#base + from, length);
      sequence = (sequence + length) | 0;
    }
  }
}
