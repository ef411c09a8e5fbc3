/**
 * Finds earlier copies of what follows a position: binary trees, one for each hash of four bytes, in
 * which the newest position is the root, so that shorter distances come first.
 */

const NONE = -1;
const [HASH3_BITS, HASH4_BITS] = [16, 18];
const MULTIPLIER = 0x9e37_79b1;

export interface MatchFinderLimits {
  /** The longest match, in bytes. */
  readonly lengthMax: number;
  /** The farthest match, in bytes. */
  readonly distanceMax: number;
  /** Positions that are looked at for one answer. */
  readonly depthMax: number;
}

/** Goes through the bytes once, from the first to the last. */
export class MatchFinder {
  /** The answers of the last `find`: lengths rise, and each has its least distance, counted from 1. */
  readonly lengths: Int32Array;
  readonly distances: Int32Array;
  /** The next position. */
  at = 0;
  private readonly bytes: Uint8Array;
  private readonly limits: MatchFinderLimits;
  private readonly sons: Int32Array;
  private readonly heads2 = new Int32Array(1 << 16).fill(NONE);
  private readonly heads3 = new Int32Array(1 << HASH3_BITS).fill(NONE);
  private readonly heads4 = new Int32Array(1 << HASH4_BITS).fill(NONE);

  constructor(bytes: Uint8Array, limits: MatchFinderLimits) {
    this.bytes = bytes;
    this.limits = limits;
    this.lengths = new Int32Array(limits.lengthMax + 1);
    this.distances = new Int32Array(limits.lengthMax + 1);
    this.sons = new Int32Array(2 * bytes.length);
  }

  /** Goes on by one position. @returns How many answers there are. */
  find(): number {
    const { bytes, at, limits } = this;
    const limit = Math.min(limits.lengthMax, bytes.length - at);
    this.at++;
    if (limit < 4) return 0;
    const pair = bytes[at]! | (bytes[at + 1]! << 8);
    const three = pair | (bytes[at + 2]! << 16);
    const hash3 = Math.imul(three, MULTIPLIER) >>> (32 - HASH3_BITS);
    const four = three | (bytes[at + 3]! << 24);
    const hash4 = Math.imul(four, MULTIPLIER) >>> (32 - HASH4_BITS);
    const [near2, near3, near4] = [this.heads2[pair]!, this.heads3[hash3]!, this.heads4[hash4]!];
    this.heads2[pair] = at;
    this.heads3[hash3] = at;
    this.heads4[hash4] = at;
    let count = 0;
    if (near2 !== NONE && at - near2 <= limits.distanceMax) count = this.add(count, 2, at - near2);
    if (near3 !== NONE && at - near3 <= limits.distanceMax && this.agrees(near3, at, 3)) {
      if (near3 === near2) count = 0;
      count = this.add(count, 3, at - near3);
    }
    return this.descend(near4, at, limit, count);
  }

  /** Goes on by so many positions, without answers. */
  skip(count: number): void {
    for (let left = count; left > 0; left--) this.find();
  }

  private add(count: number, length: number, distance: number): number {
    this.lengths[count] = length;
    this.distances[count] = distance;
    return count + 1;
  }

  private agrees(first: number, second: number, length: number): boolean {
    for (let index = 0; index < length; index++) {
      if (this.bytes[first + index] !== this.bytes[second + index]) return false;
    }
    return true;
  }

  /** Makes `at` the root of its tree, and collects on the way down. */
  private descend(head: number, at: number, limit: number, found: number): number {
    const { bytes, sons, limits } = this;
    const oldest = at - limits.distanceMax;
    let count = found;
    let best = count === 0 ? 1 : this.lengths[count - 1]!;
    let [smaller, larger] = [2 * at, 2 * at + 1];
    let [smallerLength, largerLength] = [0, 0];
    let node = head;
    for (let depth = limits.depthMax; depth > 0 && node !== NONE && node >= oldest; depth--) {
      const pair = 2 * node;
      let length = Math.min(smallerLength, largerLength);
      while (length < limit && bytes[node + length] === bytes[at + length]) length++;
      if (length > best) {
        best = length;
        // What is no longer farther away replaces a shorter answer at the same distance.
        if (count > 0 && this.distances[count - 1] === at - node) count--;
        count = this.add(count, length, at - node);
      }
      if (length === limit) {
        sons[smaller] = sons[pair]!;
        sons[larger] = sons[pair + 1]!;
        return count;
      }
      if (bytes[node + length]! < bytes[at + length]!) {
        sons[smaller] = node;
        smaller = pair + 1;
        node = sons[smaller]!;
        smallerLength = length;
      } else {
        sons[larger] = node;
        larger = pair;
        node = sons[larger]!;
        largerLength = length;
      }
    }
    sons[smaller] = NONE;
    sons[larger] = NONE;
    return count;
  }
}
