/**
 * Packed virtqueues (virtio 1.3, 2.8), from the driver's side.
 *
 * A slot's number is its buffer identifier. Parts are described beside the ring (in the slot's
 * indirect table, or in a list of our own), because only `offer` knows where in the ring they come
 * to lie. The first descriptor of a batch is shown to the device last, by `kick`: up to then the
 * device sees nothing of what follows it, and one barrier is enough for the whole batch (2.8.20).
 */
import { RingQueue } from "./ring-queue.ts";
import type { QueueLayout, QueueOptions } from "./virtqueue.ts";
import { DESC, RING_EVENT } from "./wire.ts";

const EVENT_WRAP_MASK = 0x8000;
/** Words of a descriptor: the length, and id | flags << 16. */
const LENGTH = 2;
const ID_AND_FLAGS = 3;

/** Where the event suppression structures lie (2.8.14). */
export function packedLayout(): QueueLayout {
  return { driver: 0, device: 4, totalBytes: 8 };
}

export class PackedQueue extends RingQueue {
  /** Without tables: what was described, part after part of each slot. */
  readonly #offsets: Float64Array;
  readonly #lengths: Float64Array;
  readonly #isWritten: Uint8Array;
  /** Descriptors that a slot takes in the ring. */
  readonly #count: Uint16Array;
  /** Event offset and wrap counter, then flags (2.8.14). */
  readonly #driverEvent: Uint16Array;
  readonly #deviceEvent: Uint16Array;
  #nextAvailable = 0;
  /** The flag that marks a descriptor as available: AVAIL or USED, by the wrap counter (2.8.1). */
  #availableFlag: number = DESC.AVAIL;
  /** Descriptors written since the last `kick`; the first of them, and its last word. */
  #addedCount = 0;
  #firstIndex = 0;
  #firstWord = 0;
  #nextUsed = 0;
  /** What AVAIL and USED are in a used descriptor: both, or none. */
  #usedFlags: number = DESC.AVAIL | DESC.USED;

  /** Parameters as in `SplitQueue`. */
  constructor(options: QueueOptions, bytes: Uint8Array, offset: number, layout: QueueLayout) {
    super(options);
    this.#count = new Uint16Array(this.slots.count);
    const start = bytes.byteOffset + offset;
    this.#driverEvent = new Uint16Array(bytes.buffer, start + layout.driver, 2);
    this.#deviceEvent = new Uint16Array(bytes.buffer, start + layout.device, 2);
    const listed = this.hasTables ? 0 : options.maxParts * this.slots.count;
    this.#offsets = new Float64Array(listed);
    this.#lengths = new Float64Array(listed);
    this.#isWritten = new Uint8Array(listed);
  }

  describe(
    slot: number,
    part: number,
    offset: number,
    length: number,
    isDeviceWritten: boolean,
    _isLast: boolean,
  ): void {
    if (this.hasTables) {
      // WRITE is the only flag of an entry in a table (2.8.7).
      const word = isDeviceWritten ? DESC.WRITE << 16 : 0;
      this.dma.describe(this.table, this.tableOf(slot) + part, offset, length, word);
    } else {
      this.#list(slot, part, offset, length, isDeviceWritten);
    }
    this.slots.describe(slot, part, length, isDeviceWritten);
  }

  describeRead(
    slot: number,
    part: number,
    offsets: Int32Array,
    lengths: Int32Array,
    count: number,
  ): void {
    if (this.hasTables) {
      const index = this.tableOf(slot) + part;
      this.dma.describeAll(this.table, index, offsets, lengths, count, 0, 0);
    } else {
      for (let at = 0; at < count; at++) {
        this.#list(slot, part + at, offsets[at]!, lengths[at]!, false);
      }
    }
    if (part === 0) this.slots.describe(slot, 0, 0, false);
  }

  offer(slot: number, partCount: number): void {
    const { dma, table } = this;
    if (this.hasTables) {
      const index = this.#nextAvailable;
      const word = this.#advance(DESC.INDIRECT, slot);
      dma.link(table, index, table, this.tableOf(slot), partCount, word);
      this.#count[slot] = 1;
    } else {
      const first = slot * this.maxParts;
      for (let part = 0; part < partCount; part++) {
        const at = first + part;
        const index = this.#nextAvailable;
        const flags = (part < partCount - 1 ? DESC.NEXT : 0) | (this.#isWritten[at]! * DESC.WRITE);
        const word = this.#advance(flags, slot);
        dma.describe(table, index, this.#offsets[at]!, this.#lengths[at]!, word);
      }
      this.#count[slot] = partCount;
    }
    this.slots.offer(slot);
  }

  /** 2.8.21: the flags of the first descriptor after all else, and before the event is read. */
  kick(): void {
    const added = this.#addedCount;
    if (added === 0 || this.isStopped) return;
    this.#addedCount = 0;
    this.dma.barrier();
    this.dma.writeWord(this.table, this.#firstIndex, this.#firstWord);
    this.slots.publish();
    this.dma.barrier();
    if (this.#isNotificationWanted(added)) this.transport.notify(this.index);
  }

  hasUsed(): boolean {
    if (this.isStopped || this.slots.publishedCount === 0) return false;
    const flags = this.dma.readWord(this.table, this.#nextUsed, ID_AND_FLAGS) >>> 16;
    return (flags & (DESC.AVAIL | DESC.USED)) === this.#usedFlags;
  }

  pop(): number {
    if (!this.hasUsed()) return -1;
    // The rest of the descriptor is read after its flags.
    this.dma.barrier();
    const slot = this.dma.readWord(this.table, this.#nextUsed, ID_AND_FLAGS) & 0xffff;
    const length = this.dma.readWord(this.table, this.#nextUsed, LENGTH);
    const wrong = this.slots.takeBack(slot, length);
    if (wrong !== undefined) return this.break(wrong);
    this.usedLength = length;
    this.#nextUsed += this.#count[slot]!;
    if (this.#nextUsed >= this.size) {
      this.#nextUsed -= this.size;
      this.#usedFlags ^= DESC.AVAIL | DESC.USED;
    }
    return slot;
  }

  watch(): boolean {
    const event = this.#driverEvent;
    if (this.hasEventIndex) {
      event[0] = this.#nextUsed | (this.#usedFlags === 0 ? 0 : EVENT_WRAP_MASK);
      this.dma.barrier();
      event[1] = RING_EVENT.DESC;
    } else {
      event[1] = RING_EVENT.ENABLE;
    }
    this.dma.barrier();
    return this.hasUsed();
  }

  unwatch(): void {
    this.#driverEvent[1] = RING_EVENT.DISABLE;
  }

  #list(slot: number, part: number, offset: number, length: number, isWritten: boolean): void {
    // Asked for what is wrong about it: `offer` may not fail.
    this.dma.address(this.pool, offset, length);
    const at = slot * this.maxParts + part;
    this.#offsets[at] = offset;
    this.#lengths[at] = length;
    this.#isWritten[at] = isWritten ? 1 : 0;
  }

  /**
   * Passes over the next descriptor of the ring.
   *
   * @returns Its last word; of the first one in a batch, a word that does not show it yet.
   */
  #advance(flags: number, slot: number): number {
    const word = (((flags | this.#availableFlag) << 16) | slot) >>> 0;
    const isFirst = this.#addedCount++ === 0;
    if (isFirst) {
      this.#firstIndex = this.#nextAvailable;
      this.#firstWord = word;
    }
    if (++this.#nextAvailable === this.size) {
      this.#nextAvailable = 0;
      this.#availableFlag ^= DESC.AVAIL | DESC.USED;
    }
    return isFirst ? 0 : word;
  }

  /** 2.8.10: whether the event that the device asked for lies among the `added` descriptors. */
  #isNotificationWanted(added: number): boolean {
    const flags = this.#deviceEvent[1]! & 3;
    if (flags !== RING_EVENT.DESC || !this.hasEventIndex) return flags !== RING_EVENT.DISABLE;
    const event = this.#deviceEvent[0]!;
    const isSameWrap = ((event & EVENT_WRAP_MASK) !== 0) === (this.#availableFlag === DESC.AVAIL);
    const offset = (event & ~EVENT_WRAP_MASK) - (isSameWrap ? 0 : this.size);
    const distance = this.#nextAvailable - 1 - offset;
    return distance >= 0 && distance < added;
  }
}
