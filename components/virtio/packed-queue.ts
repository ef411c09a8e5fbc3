/**
 * Packed virtqueues (virtio 1.3, 2.8), from the driver's side.
 *
 * A slot's number is its buffer identifier. Parts are described beside the ring (in the slot's
 * indirect table, or in a list of our own), because only `offer` knows where in the ring they come
 * to lie. The first descriptor of a batch is shown to the device last, by `kick`: up to then the
 * device sees nothing of what follows it, and one barrier is enough for the whole batch (2.8.20).
 */
import type { Dma } from "../../libos/hal/mod.ts";
import { Slots } from "./slots.ts";
import type { VirtioTransport } from "./transport.ts";
import type { QueueLayout, QueueOptions, Virtqueue } from "./virtqueue.ts";
import { slotCountOf, usesTables } from "./virtqueue.ts";
import { DESC, DESC_BYTES, RING_EVENT } from "./wire.ts";

/** Words of a descriptor: address low, address high, length, id | flags << 16. */
const DESC_WORDS = 4;
const EVENT_WRAP_MASK = 0x8000;

/** Where everything lies; alignments are those of 2.8.10.1. */
export function packedLayout(size: number, maxParts: number, isIndirect: boolean): QueueLayout {
  const driver = DESC_BYTES * size;
  const device = driver + 4;
  const tables = driver + DESC_BYTES;
  const tableBytes = usesTables(maxParts, isIndirect) ? DESC_BYTES * maxParts * size : 0;
  return { descriptors: 0, driver, device, tables, totalBytes: tables + tableBytes };
}

export class PackedQueue implements Virtqueue {
  readonly index: number;
  readonly maxParts: number;
  usedLength = 0;
  readonly #slots: Slots;
  readonly #size: number;
  readonly #hasTables: boolean;
  readonly #hasEventIndex: boolean;
  readonly #ring: Uint32Array;
  readonly #parts: Uint32Array;
  readonly #tablesAddress: number;
  /** Descriptors that a slot takes in the ring. */
  readonly #length: Uint16Array;
  /** Event offset and wrap counter, then flags (2.8.14). */
  readonly #driverEvent: Uint16Array;
  readonly #deviceEvent: Uint16Array;
  readonly #dma: Dma;
  readonly #transport: VirtioTransport;
  readonly #onBroken: (why: string) => void;
  #nextAvailable = 0;
  /** The flag that marks a descriptor as available: AVAIL or USED, by the wrap counter (2.8.1). */
  #availableFlag: number = DESC.AVAIL;
  /** Descriptors written since the last `kick`; where the first of them is, and its last word. */
  #addedCount = 0;
  #firstAt = 0;
  #firstWord = 0;
  #nextUsed = 0;
  /** What AVAIL and USED are in a used descriptor: both, or none. */
  #usedFlags: number = DESC.AVAIL | DESC.USED;
  #isStopped = false;

  /** Parameters as in `SplitQueue`. */
  constructor(
    options: QueueOptions,
    bytes: Uint8Array,
    offset: number,
    layout: QueueLayout,
    tablesAddress: number,
  ) {
    const { size, maxParts, isIndirect } = options;
    this.index = options.index;
    this.maxParts = maxParts;
    this.#size = size;
    this.#hasTables = usesTables(maxParts, isIndirect);
    this.#hasEventIndex = options.hasEventIndex;
    this.#dma = options.dma;
    this.#transport = options.transport;
    this.#onBroken = options.onBroken;
    this.#slots = new Slots(slotCountOf(size, maxParts, isIndirect));
    this.#length = new Uint16Array(this.#slots.count);
    this.#tablesAddress = tablesAddress;
    const { buffer } = bytes;
    const start = bytes.byteOffset + offset;
    this.#ring = new Uint32Array(buffer, start + layout.descriptors, DESC_WORDS * size);
    this.#driverEvent = new Uint16Array(buffer, start + layout.driver, 2);
    this.#deviceEvent = new Uint16Array(buffer, start + layout.device, 2);
    const partWords = DESC_WORDS * maxParts * this.#slots.count;
    this.#parts = this.#hasTables
      ? new Uint32Array(buffer, start + layout.tables, partWords)
      : new Uint32Array(partWords);
  }

  get slotCount(): number {
    return this.#slots.count;
  }
  get freeCount(): number {
    return this.#slots.freeCount;
  }
  get offeredCount(): number {
    return this.#slots.offeredCount;
  }

  take(): number {
    return this.#slots.take();
  }

  release(slot: number): void {
    this.#slots.release(slot);
  }

  takeOffered(): number {
    return this.#slots.takeOffered();
  }

  describe(
    slot: number,
    part: number,
    address: number,
    length: number,
    isDeviceWritten: boolean,
  ): void {
    const parts = this.#parts;
    const at = (slot * this.maxParts + part) * DESC_WORDS;
    parts[at] = address;
    parts[at + 1] = address / 4_294_967_296;
    parts[at + 2] = length;
    // WRITE is the only flag of an entry in a table (2.8.7).
    parts[at + 3] = isDeviceWritten ? DESC.WRITE << 16 : 0;
    this.#slots.describe(slot, part, length, isDeviceWritten);
  }

  offer(slot: number, partCount: number): void {
    this.#slots.offer(slot);
    if (this.#hasTables) {
      this.#length[slot] = 1;
      const table = this.#tablesAddress + slot * this.maxParts * DESC_BYTES;
      this.#append(table, table / 4_294_967_296, partCount * DESC_BYTES, DESC.INDIRECT, slot);
      return;
    }
    this.#length[slot] = partCount;
    const parts = this.#parts;
    const first = slot * this.maxParts * DESC_WORDS;
    const last = first + (partCount - 1) * DESC_WORDS;
    for (let at = first; at <= last; at += DESC_WORDS) {
      const flags = (parts[at + 3]! >>> 16) | (at < last ? DESC.NEXT : 0);
      this.#append(parts[at]!, parts[at + 1]!, parts[at + 2]!, flags, slot);
    }
  }

  /** 2.8.21: the flags of the first descriptor after all else, and before the event is read. */
  kick(): void {
    const added = this.#addedCount;
    if (added === 0 || this.#isStopped) return;
    this.#addedCount = 0;
    this.#dma.barrier();
    this.#ring[this.#firstAt] = this.#firstWord;
    this.#slots.publish();
    this.#dma.barrier();
    if (this.#isNotificationWanted(added)) this.#transport.notify(this.index);
  }

  hasUsed(): boolean {
    if (this.#isStopped || this.#slots.publishedCount === 0) return false;
    const flags = this.#ring[this.#nextUsed * DESC_WORDS + 3]! >>> 16;
    return (flags & (DESC.AVAIL | DESC.USED)) === this.#usedFlags;
  }

  pop(): number {
    if (!this.hasUsed()) return -1;
    // The rest of the descriptor is read after its flags.
    this.#dma.barrier();
    const at = this.#nextUsed * DESC_WORDS;
    const slot = this.#ring[at + 3]! & 0xffff;
    const length = this.#ring[at + 2]!;
    const wrong = this.#slots.takeBack(slot, length);
    if (wrong !== undefined) return this.#break(wrong);
    this.usedLength = length;
    this.#nextUsed += this.#length[slot]!;
    if (this.#nextUsed >= this.#size) {
      this.#nextUsed -= this.#size;
      this.#usedFlags ^= DESC.AVAIL | DESC.USED;
    }
    return slot;
  }

  stop(): void {
    this.#isStopped = true;
  }

  watch(): boolean {
    const event = this.#driverEvent;
    if (this.#hasEventIndex) {
      event[0] = this.#nextUsed | (this.#usedFlags === 0 ? 0 : EVENT_WRAP_MASK);
      this.#dma.barrier();
      event[1] = RING_EVENT.DESC;
    } else {
      event[1] = RING_EVENT.ENABLE;
    }
    this.#dma.barrier();
    return this.hasUsed();
  }

  unwatch(): void {
    this.#driverEvent[1] = RING_EVENT.DISABLE;
  }

  /** Writes the next descriptor; of the first one in a batch all but its last word. */
  #append(low: number, high: number, length: number, flags: number, slot: number): void {
    const ring = this.#ring;
    const at = this.#nextAvailable * DESC_WORDS;
    ring[at] = low;
    ring[at + 1] = high;
    ring[at + 2] = length;
    const word = ((flags | this.#availableFlag) << 16) | slot;
    if (this.#addedCount++ === 0) {
      this.#firstAt = at + 3;
      this.#firstWord = word;
    } else {
      ring[at + 3] = word;
    }
    if (++this.#nextAvailable === this.#size) {
      this.#nextAvailable = 0;
      this.#availableFlag ^= DESC.AVAIL | DESC.USED;
    }
  }

  /** 2.8.10: whether the event that the device asked for lies among the `added` descriptors. */
  #isNotificationWanted(added: number): boolean {
    const flags = this.#deviceEvent[1]! & 3;
    if (flags !== RING_EVENT.DESC || !this.#hasEventIndex) return flags !== RING_EVENT.DISABLE;
    const event = this.#deviceEvent[0]!;
    const isSameWrap = ((event & EVENT_WRAP_MASK) !== 0) === (this.#availableFlag === DESC.AVAIL);
    const offset = (event & ~EVENT_WRAP_MASK) - (isSameWrap ? 0 : this.#size);
    const distance = this.#nextAvailable - 1 - offset;
    return distance >= 0 && distance < added;
  }

  #break(why: string): -1 {
    this.stop();
    this.#onBroken(`queue ${this.index}: ${why}`);
    return -1;
  }
}
