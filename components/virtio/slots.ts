/** Who holds each slot of a queue, and how much the device may write to it. */
export class Slots {
  readonly count: number;
  /** 1 while the device holds the slot. */
  readonly #isOffered: Uint8Array;
  /** Bytes that the device may write. */
  readonly #writable: Float64Array;
  readonly #free: Uint16Array;
  freeCount: number;
  offeredCount = 0;

  constructor(count: number) {
    this.count = count;
    this.#isOffered = new Uint8Array(count);
    this.#writable = new Float64Array(count);
    // A stack, with slot 0 on top.
    this.#free = Uint16Array.from({ length: count }, (_, index) => count - 1 - index);
    this.freeCount = count;
  }

  take(): number {
    return this.freeCount === 0 ? -1 : this.#free[--this.freeCount]!;
  }

  release(slot: number): void {
    this.#free[this.freeCount++] = slot;
  }

  describe(slot: number, part: number, length: number, isDeviceWritten: boolean): void {
    const before = part === 0 ? 0 : this.#writable[slot]!;
    this.#writable[slot] = isDeviceWritten ? before + length : before;
  }

  offer(slot: number): void {
    this.#isOffered[slot] = 1;
    this.offeredCount++;
  }

  /**
   * The device gives a slot back.
   *
   * @returns Undefined, or what is wrong about it.
   */
  takeBack(slot: number, usedLength: number): string | undefined {
    // A number that is no slot at all finds nothing in the array.
    if (this.#isOffered[slot] !== 1) {
      return `it used buffer ${slot}, which it does not have`;
    }
    // For buffers that are only read, devices are known to report lengths all the same.
    const writable = this.#writable[slot]!;
    if (writable > 0 && usedLength > writable) {
      return `it wrote ${usedLength} bytes to a buffer of ${writable}`;
    }
    this.#isOffered[slot] = 0;
    this.offeredCount--;
    return undefined;
  }

  /** The device is gone: one of the slots that it held, or -1. */
  takeOffered(): number {
    const slot = this.#isOffered.indexOf(1);
    if (slot < 0) return -1;
    this.#isOffered[slot] = 0;
    this.offeredCount--;
    return slot;
  }
}
