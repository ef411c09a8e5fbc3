import { isAfter, isBefore, laterOf } from "./sequence.ts";

/**
 * A bounded set of ranges of sequence numbers: what a receiver holds beyond a gap, and what a
 * sender knows to have arrived there. Ranges are half-open, sorted, and neither touch nor overlap.
 * All lie within 2^31 of each other.
 */
export class SequenceRanges {
  count = 0;
  /** Sequence numbers covered by all ranges. */
  totalBytes = 0;
  #left: Int32Array = new Int32Array(4);
  #right: Int32Array = new Int32Array(4);
  readonly #maxRanges: number;

  constructor(maxRanges: number) {
    this.#maxRanges = maxRanges;
  }

  left(index: number): number {
    return this.#left[index]!;
  }

  right(index: number): number {
    return this.#right[index]!;
  }

  /**
   * Adds [left, right), merged with what it touches.
   *
   * @returns How many sequence numbers are new: 0 when it was covered; -1 when it would be one
   *   range too many, and nothing was changed.
   */
  insert(left: number, right: number): number {
    let first = 0;
    while (first < this.count && isBefore(this.#right[first]!, left)) first++;
    let last = first;
    let mergedLeft = left;
    let mergedRight = right;
    let covered = 0;
    while (last < this.count && !isAfter(this.#left[last]!, right)) {
      if (isBefore(this.#left[last]!, mergedLeft)) mergedLeft = this.#left[last]!;
      mergedRight = laterOf(mergedRight, this.#right[last]!);
      covered += (this.#right[last]! - this.#left[last]!) | 0;
      last++;
    }
    if (last === first && !this.#makeRoom(first)) return -1;
    if (last > first + 1) this.#remove(first + 1, last);
    this.#left[first] = mergedLeft;
    this.#right[first] = mergedRight;
    const added = ((mergedRight - mergedLeft) | 0) - covered;
    this.totalBytes += added;
    return added;
  }

  /** Forgets everything before `sequence`. */
  removeBelow(sequence: number): void {
    let gone = 0;
    while (gone < this.count && !isAfter(this.#right[gone]!, sequence)) {
      this.totalBytes -= (this.#right[gone]! - this.#left[gone]!) | 0;
      gone++;
    }
    if (gone > 0) this.#remove(0, gone);
    if (this.count > 0 && isBefore(this.#left[0]!, sequence)) {
      this.totalBytes -= (sequence - this.#left[0]!) | 0;
      this.#left[0] = sequence;
    }
  }

  clear(): void {
    this.count = 0;
    this.totalBytes = 0;
  }

  /** The range that holds `sequence`, or -1. */
  indexOf(sequence: number): number {
    for (let index = 0; index < this.count; index++) {
      if (isBefore(sequence, this.#left[index]!)) return -1;
      if (isBefore(sequence, this.#right[index]!)) return index;
    }
    return -1;
  }

  /** The first sequence number at or after `sequence` that no range covers. */
  firstGap(sequence: number): number {
    const index = this.indexOf(sequence);
    return index < 0 ? sequence : this.#right[index]!;
  }

  /** Where the first range after `sequence` begins, or `otherwise` when there is none. */
  nextLeft(sequence: number, otherwise: number): number {
    for (let index = 0; index < this.count; index++) {
      if (isAfter(this.#left[index]!, sequence)) return this.#left[index]!;
    }
    return otherwise;
  }

  #makeRoom(index: number): boolean {
    if (this.count === this.#maxRanges) return false;
    if (this.count === this.#left.length) this.#grow();
    this.#left.copyWithin(index + 1, index, this.count);
    this.#right.copyWithin(index + 1, index, this.count);
    this.count++;
    return true;
  }

  #remove(from: number, to: number): void {
    this.#left.copyWithin(from, to, this.count);
    this.#right.copyWithin(from, to, this.count);
    this.count -= to - from;
  }

  #grow(): void {
    const left = new Int32Array(this.#left.length * 4);
    const right = new Int32Array(this.#right.length * 4);
    left.set(this.#left);
    right.set(this.#right);
    this.#left = left;
    this.#right = right;
  }
}
