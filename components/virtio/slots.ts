/** Who holds each slot of a queue, and how much the device may write to it. */
export class Slots {
  freeCount: number;
  /** Slots that were offered, shown to the device or not. */
  offeredCount = 0;
  readonly count: number;
  /** The number of the offer, for what was offered; Infinity for the rest. */
  readonly #offer: Float64Array;
  /** Bytes that the device may write. */
  readonly #writable: Float64Array;
  /** A stack, with slot 0 on top. */
  readonly #free: Uint16Array;
  /** Offers so far, and those among them that the device was shown. */
  #offers = 0;
  #published = 0;

  constructor(count: number) {
    this.count = count;
    this.#offer = new Float64Array(count).fill(Infinity);
    this.#writable = new Float64Array(count);
    const free = new Uint16Array(count);
    for (let index = 0; index < count; index++) free[index] = count - 1 - index;
    this.#free = free;
    this.freeCount = count;
  }

  /** Slots that the device has been shown and has not given back. */
  get publishedCount(): number {
    return this.offeredCount - (this.#offers - this.#published);
  }

  /** As `Virtqueue.take`. */
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
    this.#offer[slot] = this.#offers++;
    this.offeredCount++;
  }

  /** Takes and offers all slots, which nobody has had yet: the device may write `length` bytes to each. */
  offerAll(length: number): void {
    const { count } = this;
    const offers = this.#offer;
    for (let slot = 0; slot < count; slot++) offers[slot] = slot;
    this.#writable.fill(length);
    this.#offers = count;
    this.offeredCount = count;
    this.freeCount = 0;
  }

  /** What was offered so far is shown to the device. */
  publish(): void {
    this.#published = this.#offers;
  }

  /**
   * The device gives a slot back.
   *
   * @param slot Whatever the device says: any number.
   * @returns Undefined, or what is wrong about it.
   */
  takeBack(slot: number, usedLength: number): string | undefined {
    // For a number that is no slot there is nothing to compare, which is false as well.
    if (!(this.#offer[slot]! < this.#published)) {
      return `it used buffer ${slot}, which it does not have`;
    }
    // For buffers that are only read, devices are known to report lengths all the same.
    const writable = this.#writable[slot]!;
    if (writable > 0 && usedLength > writable) {
      return `it wrote ${usedLength} bytes to a buffer of ${writable}`;
    }
    this.#offer[slot] = Infinity;
    this.offeredCount--;
    return undefined;
  }

  /** The device is gone: one of the slots that were offered, or -1. */
  takeOffered(): number {
    const slot = this.#offer.findIndex((offer) => offer !== Infinity);
    if (slot < 0) return -1;
    this.#offer[slot] = Infinity;
    this.offeredCount--;
    return slot;
  }
}
