/**
 * Split virtqueues (virtio 1.3, 2.7), from the driver's side.
 *
 * Each slot owns its descriptors for ever: one that points to an indirect table of its own, or
 * `maxParts` neighbours that are linked already. So offering a buffer writes one entry of the
 * available ring and nothing else, and descriptors are never read: whatever a device scribbles over
 * them harms nobody but itself. All rings are prepared typed arrays; little-endian is the machine's.
 */
import type { Dma } from "../../libos/hal/mod.ts";
import { Slots } from "./slots.ts";
import type { VirtioTransport } from "./transport.ts";
import type { QueueLayout, QueueOptions, Virtqueue } from "./virtqueue.ts";
import { slotCountOf, usesTables } from "./virtqueue.ts";
import { AVAIL_F_NO_INTERRUPT, DESC, DESC_BYTES, USED_F_NO_NOTIFY } from "./wire.ts";

/** Words of a descriptor: address low, address high, length, flags | next << 16. */
const DESC_WORDS = 4;

/** Where everything lies; alignments are those of 2.7. */
export function splitLayout(size: number, maxParts: number, isIndirect: boolean): QueueLayout {
  const driver = DESC_BYTES * size;
  // Flags, index, ring and used_event, of 2 bytes each; the used ring is aligned to 4.
  const device = align(driver + 2 * (3 + size), 4);
  const tables = align(device + 4 + 8 * size + 2, DESC_BYTES);
  const tableBytes = usesTables(maxParts, isIndirect) ? DESC_BYTES * maxParts * size : 0;
  return { descriptors: 0, driver, device, tables, totalBytes: tables + tableBytes };
}

function align(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

export class SplitQueue implements Virtqueue {
  readonly index: number;
  readonly maxParts: number;
  usedLength = 0;
  readonly #slots: Slots;
  readonly #mask: number;
  /** Descriptors of a slot in the ring itself. */
  readonly #stride: number;
  readonly #hasTables: boolean;
  readonly #hasEventIndex: boolean;
  readonly #descriptors: Uint32Array;
  /** The tables, or the ring where there are none: where parts are described. */
  readonly #parts: Uint32Array;
  readonly #available: Uint16Array;
  readonly #used16: Uint16Array;
  readonly #used32: Uint32Array;
  /** In `#available`: where the driver says after which buffer it wants an interrupt. */
  readonly #usedEvent: number;
  /** In `#used16`: where the device says after which buffer it wants a notification. */
  readonly #availEvent: number;
  readonly #dma: Dma;
  readonly #transport: VirtioTransport;
  readonly #onBroken: (why: string) => void;
  /** The index behind the last offered buffer, and the one that the device knows; modulo 2^16. */
  #nextAvailable = 0;
  #published = 0;
  #nextUsed = 0;
  /** The device's index when it was read last, bounded by what was offered. */
  #seenUsed = 0;
  #isStopped = false;

  /**
   * @param bytes Packet memory, and the offset of `splitLayout` in it, zeroed.
   * @param tablesAddress The address of the indirect tables for the device.
   */
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
    this.#hasTables = usesTables(maxParts, isIndirect);
    this.#hasEventIndex = options.hasEventIndex;
    this.#dma = options.dma;
    this.#transport = options.transport;
    this.#onBroken = options.onBroken;
    this.#slots = new Slots(slotCountOf(size, maxParts, isIndirect));
    this.#mask = size - 1;
    this.#stride = this.#hasTables ? 1 : maxParts;
    const { buffer } = bytes;
    const start = bytes.byteOffset + offset;
    this.#descriptors = new Uint32Array(buffer, start + layout.descriptors, DESC_WORDS * size);
    this.#available = new Uint16Array(buffer, start + layout.driver, 3 + size);
    this.#used16 = new Uint16Array(buffer, start + layout.device, 2 + 4 * size + 1);
    this.#used32 = new Uint32Array(buffer, start + layout.device, 1 + 2 * size);
    this.#usedEvent = 2 + size;
    this.#availEvent = 2 + 4 * size;
    const tableWords = DESC_WORDS * maxParts * this.#slots.count;
    this.#parts = this.#hasTables
      ? new Uint32Array(buffer, start + layout.tables, tableWords)
      : this.#descriptors;
    if (this.#hasTables) this.#pointToTables(tablesAddress);
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
    const index = slot * this.maxParts + part;
    const at = index * DESC_WORDS;
    parts[at] = address;
    parts[at + 1] = address / 4_294_967_296;
    parts[at + 2] = length;
    parts[at + 3] = isDeviceWritten ? DESC.WRITE : 0;
    if (part > 0) {
      // In a table, `next` counts from the table's start (2.7.5.3.1).
      const next = this.#hasTables ? part : index;
      parts[at - 1] = (parts[at - 1]! & DESC.WRITE) | DESC.NEXT | (next << 16);
    }
    this.#slots.describe(slot, part, length, isDeviceWritten);
  }

  offer(slot: number, partCount: number): void {
    this.#slots.offer(slot);
    if (this.#hasTables) this.#descriptors[slot * DESC_WORDS + 2] = partCount * DESC_BYTES;
    this.#available[2 + (this.#nextAvailable & this.#mask)] = slot * this.#stride;
    this.#nextAvailable = (this.#nextAvailable + 1) & 0xffff;
  }

  /** 2.7.13.3 and 2.7.13.4: the index after the entries, and both before the event is read. */
  kick(): void {
    const old = this.#published;
    const next = this.#nextAvailable;
    if (old === next || this.#isStopped) return;
    this.#dma.barrier();
    this.#available[1] = next;
    this.#published = next;
    this.#slots.publish();
    this.#dma.barrier();
    const isWanted = this.#hasEventIndex
      ? ((next - this.#used16[this.#availEvent]! - 1) & 0xffff) < ((next - old) & 0xffff)
      : (this.#used16[0]! & USED_F_NO_NOTIFY) === 0;
    if (isWanted) this.#transport.notify(this.index);
  }

  hasUsed(): boolean {
    return !this.#isStopped && this.#used16[1] !== this.#nextUsed;
  }

  pop(): number {
    if (this.#nextUsed === this.#seenUsed && !this.#readUsedIndex()) return -1;
    const used = this.#used32;
    const at = 1 + 2 * (this.#nextUsed & this.#mask);
    const id = used[at]!;
    const length = used[at + 1]!;
    const slot = this.#stride === 1 ? id : id / this.#stride;
    const wrong = this.#slots.takeBack(slot, length);
    if (wrong !== undefined) return this.#break(wrong);
    this.#nextUsed = (this.#nextUsed + 1) & 0xffff;
    this.usedLength = length;
    return slot;
  }

  stop(): void {
    this.#isStopped = true;
    this.#seenUsed = this.#nextUsed;
  }

  watch(): boolean {
    if (this.#hasEventIndex) this.#available[this.#usedEvent] = this.#nextUsed;
    else this.#available[0] = 0;
    this.#dma.barrier();
    return this.hasUsed();
  }

  unwatch(): void {
    // An event that is 2^16 buffers away.
    if (this.#hasEventIndex) this.#available[this.#usedEvent] = (this.#nextUsed - 1) & 0xffff;
    else this.#available[0] = AVAIL_F_NO_INTERRUPT;
  }

  /** @returns Whether there are used buffers. */
  #readUsedIndex(): boolean {
    if (this.#isStopped) return false;
    const index = this.#used16[1]!;
    const count = (index - this.#nextUsed) & 0xffff;
    if (count === 0) return false;
    if (count > this.#slots.publishedCount) {
      this.#break(`it used ${count} buffers of ${this.#slots.publishedCount}`);
      return false;
    }
    // The entries are read after the index.
    this.#dma.barrier();
    this.#seenUsed = index;
    return true;
  }

  #break(why: string): -1 {
    this.stop();
    this.#onBroken(`queue ${this.index}: ${why}`);
    return -1;
  }

  #pointToTables(address: number): void {
    for (let slot = 0; slot < this.#slots.count; slot++) {
      const table = address + slot * this.maxParts * DESC_BYTES;
      this.#descriptors[slot * DESC_WORDS] = table;
      this.#descriptors[slot * DESC_WORDS + 1] = table / 4_294_967_296;
      this.#descriptors[slot * DESC_WORDS + 3] = DESC.INDIRECT;
    }
  }
}
