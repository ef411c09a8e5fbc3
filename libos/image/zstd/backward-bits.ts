/** Bits that are read from the end of a stream to its start (RFC 8878, 4.1). */

/** Reads behind the start are zeros; `left` is negative then. */
export class BackwardBits {
  /** How many bits were not read yet. */
  left: number;
  private readonly bytes: Uint8Array;
  private readonly start: number;

  /** @throws RangeError when the bytes lack the bit that marks the end. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    const last = end > start ? bytes[end - 1]! : 0;
    if (last === 0 || end > bytes.length) throw new RangeError("a stream of bits has no end");
    this.bytes = bytes;
    this.start = start;
    this.left = 8 * (end - start) - 1 - Math.clz32(last << 24);
  }

  /** The next bits, which are not taken; up to 24. */
  peek(count: number): number {
    const first = this.left - count;
    if (first < 0) {
      const known = Math.max(this.left, 0);
      return known === 0 ? 0 : this.bitsAt(0, known) << (count - known);
    }
    return this.bitsAt(first, count);
  }

  take(count: number): number {
    const value = count > 24 ? this.takeMany(count) : this.peek(count);
    if (count <= 24) this.left -= count;
    return value;
  }

  private takeMany(count: number): number {
    const high = this.take(count - 16);
    return high * 2 ** 16 + this.take(16);
  }

  private bitsAt(first: number, count: number): number {
    const at = this.start + (first >> 3);
    const { bytes } = this;
    const word =
      bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    return (word >>> (first & 7)) & (2 ** count - 1);
  }
}
