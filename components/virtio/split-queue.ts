/**
 * Split virtqueues (virtio 1.3, 2.7), from the driver's side.
 *
 * Each slot owns its descriptors for ever: one that points to an indirect table of its own, or
 * `maxParts` neighbours. So offering a buffer writes one entry of the available ring and nothing
 * else, and descriptors are never read: whatever a device scribbles over them harms nobody but
 * itself. Little-endian is the machine's.
 */
import { RingQueue } from "./ring-queue.ts";
import type { QueueLayout, QueueOptions } from "./virtqueue.ts";
import { AVAIL_F_NO_INTERRUPT, DESC, USED_F_NO_NOTIFY } from "./wire.ts";

/** The most ranges of one `Dma.describeAll`. */
const LIST_LENGTH = 64;

/** Where everything lies; alignments are those of 2.7. */
export function splitLayout(size: number): QueueLayout {
  // Flags, index, ring and used_event, of 2 bytes each; the used ring is aligned to 4.
  const device = (2 * (3 + size) + 3) & ~3;
  return { driver: 0, device, totalBytes: device + 4 + 8 * size + 2 };
}

export class SplitQueue extends RingQueue {
  readonly #mask: number;
  /** Descriptors of a slot in the ring itself. */
  readonly #stride: number;
  readonly #available: Uint16Array;
  readonly #used16: Uint16Array;
  readonly #used32: Uint32Array;
  /** In `#available`: where the driver says after which buffer it wants an interrupt. */
  readonly #usedEvent: number;
  /** In `#used16`: where the device says after which buffer it wants a notification. */
  readonly #availEvent: number;
  /** The index behind the last offered buffer, and the one that the device knows; modulo 2^16. */
  #nextAvailable = 0;
  #published = 0;
  #nextUsed = 0;
  /** The device's index when it was read last, bounded by what was offered. */
  #seenUsed = 0;

  /**
   * The first slot whose descriptor does not point to its table yet; -2 without tables. Slots are
   * taken for the first time in their order, and most of them never in a machine with little to do.
   */
  #unlinked = -2;

  /** @param bytes Packet memory, and the offset of `splitLayout` in it, zeroed. */
  constructor(options: QueueOptions, bytes: Uint8Array, offset: number, layout: QueueLayout) {
    super(options);
    const { size, maxParts } = options;
    this.#mask = size - 1;
    this.#stride = this.hasTables ? 1 : maxParts;
    const { buffer } = bytes;
    const start = bytes.byteOffset + offset;
    this.#available = new Uint16Array(buffer, start + layout.driver, 3 + size);
    this.#used16 = new Uint16Array(buffer, start + layout.device, 2 + 4 * size + 1);
    this.#used32 = new Uint32Array(buffer, start + layout.device, 1 + 2 * size);
    this.#usedEvent = 2 + size;
    this.#availEvent = 2 + 4 * size;
    if (this.hasTables) this.#unlinked = 0;
  }

  override take(): number {
    const slot = this.slots.take();
    if (slot === this.#unlinked) this.#linkTable(slot);
    return slot;
  }

  describe(
    slot: number,
    part: number,
    offset: number,
    length: number,
    isDeviceWritten: boolean,
    isLast: boolean,
  ): void {
    const index = this.#first(slot) + part;
    const flags = isDeviceWritten ? DESC.WRITE : 0;
    const word = isLast ? flags : flags | DESC.NEXT | this.#nextOf(index, part);
    this.dma.describe(this.table, index, offset, length, word);
    this.slots.describe(slot, part, length, isDeviceWritten);
  }

  describeRead(
    slot: number,
    part: number,
    offsets: Int32Array,
    lengths: Int32Array,
    count: number,
  ): void {
    const index = this.#first(slot) + part;
    const word = DESC.NEXT | this.#nextOf(index, part);
    this.dma.describeAll(this.table, index, offsets, lengths, count, word, 0x1_0000);
    if (part === 0) this.slots.describe(slot, 0, 0, false);
  }

  offer(slot: number, _partCount: number): void {
    this.slots.offer(slot);
    const next = this.#nextAvailable;
    this.#available[2 + (next & this.#mask)] = slot * this.#stride;
    this.#nextAvailable = (next + 1) & 0xffff;
  }

  /** By a few calls for all of them: a start waits for it. */
  override offerBuffers(offset: number, length: number): void {
    const { dma, table, slots, slotCount } = this;
    if (this.maxParts > 1 || slots.freeCount < slotCount) {
      super.offerBuffers(offset, length);
      return;
    }
    const available = this.#available;
    const offsets = new Int32Array(LIST_LENGTH);
    const lengths = new Int32Array(LIST_LENGTH).fill(length);
    for (let first = 0; first < slotCount; first += LIST_LENGTH) {
      const count = Math.min(LIST_LENGTH, slotCount - first);
      for (let index = 0; index < count; index++) {
        const slot = first + index;
        offsets[index] = offset + slot * length;
        available[2 + slot] = slot;
      }
      dma.describeAll(table, first, offsets, lengths, count, DESC.WRITE, 0);
      // The last one of a list has no flags.
      dma.describe(table, first + count - 1, offsets[count - 1]!, length, DESC.WRITE);
    }
    slots.offerAll(length);
    this.#nextAvailable = slotCount;
  }

  /** 2.7.13.3 and 2.7.13.4: the index after the entries, and both before the event is read. */
  kick(): void {
    const old = this.#published;
    const next = this.#nextAvailable;
    if (old === next || this.isStopped) return;
    this.dma.barrier();
    this.#available[1] = next;
    this.#published = next;
    this.slots.publish();
    this.dma.barrier();
    const isWanted = this.hasEventIndex
      ? ((next - this.#used16[this.#availEvent]! - 1) & 0xffff) < ((next - old) & 0xffff)
      : (this.#used16[0]! & USED_F_NO_NOTIFY) === 0;
    if (isWanted) this.transport.notify(this.index);
  }

  hasUsed(): boolean {
    return !this.isStopped && this.#used16[1] !== this.#nextUsed;
  }

  pop(): number {
    const next = this.#nextUsed;
    if (next === this.#seenUsed && !this.#readUsedIndex()) return -1;
    const used = this.#used32;
    const at = 1 + 2 * (next & this.#mask);
    const id = used[at]!;
    const length = used[at + 1]!;
    const slot = this.#stride === 1 ? id : id / this.#stride;
    const wrong = this.slots.takeBack(slot, length);
    if (wrong !== undefined) return this.break(wrong);
    this.#nextUsed = (next + 1) & 0xffff;
    this.usedLength = length;
    return slot;
  }

  override stop(): void {
    super.stop();
    this.#seenUsed = this.#nextUsed;
  }

  watch(): boolean {
    if (this.hasEventIndex) this.#available[this.#usedEvent] = this.#nextUsed;
    else this.#available[0] = 0;
    this.dma.barrier();
    return this.hasUsed();
  }

  unwatch(): void {
    // An event that is 2^16 buffers away.
    if (this.hasEventIndex) this.#available[this.#usedEvent] = (this.#nextUsed - 1) & 0xffff;
    else this.#available[0] = AVAIL_F_NO_INTERRUPT;
  }

  /** All of a table is named; its chain ends where NEXT is missing (2.7.5.3). */
  #linkTable(slot: number): void {
    const { dma, table, maxParts } = this;
    dma.link(table, slot, table, this.tableOf(slot), maxParts, DESC.INDIRECT);
    this.#unlinked++;
  }

  /** @returns Whether there are used buffers. */
  #readUsedIndex(): boolean {
    if (this.isStopped) return false;
    const index = this.#used16[1]!;
    const count = (index - this.#nextUsed) & 0xffff;
    if (count === 0) return false;
    if (count > this.slots.publishedCount) {
      this.break(`it used ${count} buffers of ${this.slots.publishedCount}`);
      return false;
    }
    // The entries are read after the index.
    this.dma.barrier();
    this.#seenUsed = index;
    return true;
  }

  #first(slot: number): number {
    return this.hasTables ? this.tableOf(slot) : slot * this.#stride;
  }

  /** The field `next`, in its place: in a table it counts from the table's start (2.7.5.3.1). */
  #nextOf(index: number, part: number): number {
    return ((this.hasTables ? part : index) + 1) << 16;
  }
}
