/**
 * Packet memory: one slab that belongs to the platform, and the primitives on it that JavaScript is
 * slow at.
 *
 * The slab is a `WebAssembly.Memory` on a host and physical pages on a board. It never moves and
 * never grows, so views of it stay valid for the life of the platform. Frames, send queues and
 * receive queues live in it and are named by their **offset** (an integer, in bytes) and length:
 * passing two numbers allocates nothing, where passing a view allocates an object for each packet.
 *
 * Several systems in one process (a simulation) may share one slab; each owns its own region of it.
 * `tests/contract/` holds every implementation equal to the plain TypeScript one.
 */
export interface PacketMemory {
  /** The whole slab. Index it with offsets. */
  readonly bytes: Uint8Array;
  /** Where this system's own region begins: a multiple of 4096. */
  readonly regionOffset: number;
  /** The length of this system's own region in bytes: a multiple of 4096. */
  readonly regionBytes: number;
  /**
   * Copies `length` bytes inside the slab, correctly also where the two ranges overlap.
   *
   * @throws RangeError, where a range does not lie in the slab. So do all methods below.
   */
  copy(to: number, from: number, length: number): void;
  /** Copies `source[sourceOffset .. sourceOffset + length]` into the slab. */
  copyIn(to: number, source: Uint8Array, sourceOffset: number, length: number): void;
  /** Copies from the slab to `target[targetOffset .. targetOffset + length]`. */
  copyOut(target: Uint8Array, targetOffset: number, from: number, length: number): void;
  /** Sets `length` bytes to zero. */
  zero(offset: number, length: number): void;
  /**
   * The internet checksum's sum (RFC 1071): the one's complement sum of the range as big-endian
   * 16-bit words, an odd last byte padded with zero, folded to 16 bits and not inverted.
   *
   * @param sum The sum so far, 0 .. 0xffff. Ranges may be joined where each but the last is even.
   * @returns 0 .. 0xffff. A range whose checksum field is right sums to 0xffff.
   */
  checksum(offset: number, length: number, sum: number): number;
  /** `copy` (ranges must not overlap) and `checksum` of the copied bytes in one pass. */
  copyChecksum(to: number, from: number, length: number, sum: number): number;
}
