/**
 * Work on bytes outside of packet memory, for each of which an interpreter takes hundreds of
 * instructions. A platform offers what it has natively; `PORTABLE_BYTES` of the kernel core does the
 * same everywhere, and the contract suite holds both equal.
 */
export interface ByteHelpers {
  /**
   * Goes over bytes of one class.
   *
   * @param start The first byte, and `end` the position behind the last: 0 <= start <= end <= length.
   * @param table 256 entries: 1 for bytes of the class, 0 for others.
   * @returns The position of the first byte that is not of the class, or `end`.
   */
  span(bytes: Uint8Array, start: number, end: number, table: Uint8Array): number;
  /**
   * Compares two ranges, which lie within their arrays.
   *
   * @returns -1, 0 or 1: the order of the first bytes that differ.
   */
  compare(
    left: Uint8Array,
    leftOffset: number,
    right: Uint8Array,
    rightOffset: number,
    length: number,
  ): number;
  /**
   * Where the platform has it: the string whose characters are these bytes (ISO 8859-1).
   *
   * @throws RangeError when the range does not lie within the array.
   */
  decodeLatin1?(bytes: Uint8Array, offset: number, length: number): string;
}
