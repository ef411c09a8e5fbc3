/**
 * Requests as the device reads them (virtio 1.3, 5.2.6): each slot has a header, the segment of a
 * discard, and a status of its own, at a place that never moves; data lies where the caller has it.
 */
import type { BlockOperation } from "../../libos/hal/mod.ts";
import type { VirtioDevice, Virtqueue } from "../virtio/mod.ts";
import type { Geometry } from "./geometry.ts";
import { REQUEST, REQUEST_STATUS, SECTOR_BYTES } from "./wire.ts";

/** What a slot has of its own, from the start of its range. */
const SLOT = { HEADER: 0, DISCARD: 16, STATUS: 32, BYTES: 64 } as const;
const SLOT_WORDS: number = SLOT.BYTES / 4;
const HEADER_LENGTH = 16;
const DISCARD_LENGTH = 16;
const STATUS_LENGTH = 1;

export class Requests {
  readonly #queue: Virtqueue;
  readonly #geometry: Geometry;
  /** Where slots have what is their own. */
  readonly #area: number;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;

  /** @throws DeviceError when there is no memory. */
  constructor(device: VirtioDevice, queue: Virtqueue, geometry: Geometry) {
    const { slotCount } = queue;
    const { bytes } = device.needs.memory;
    const area = device.allocate(slotCount * SLOT.BYTES);
    const start = bytes.byteOffset + area;
    this.#queue = queue;
    this.#geometry = geometry;
    this.#area = area;
    this.#words = new Uint32Array(bytes.buffer, start, slotCount * SLOT_WORDS);
    this.#bytes = new Uint8Array(bytes.buffer, start, slotCount * SLOT.BYTES);
    for (let slot = 0; slot < slotCount; slot++) {
      queue.describe(slot, 0, area + slot * SLOT.BYTES, HEADER_LENGTH, false, false);
    }
  }

  /** Writes a request. @returns Its parts, for `Virtqueue.offer`. */
  write(
    slot: number,
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): number {
    const queue = this.#queue;
    const { sectorBytes, maxDiscardSectors } = this.#geometry;
    const own = this.#area + slot * SLOT.BYTES;
    const scale = sectorBytes / SECTOR_BYTES;
    let part = 1;
    if (operation === "flush") {
      this.#writeHeader(slot, REQUEST.FLUSH, 0);
    } else if (operation === "discard") {
      // Discarding is a hint: what the device can't take in one request is left as it is.
      const most = Math.min(count, maxDiscardSectors);
      this.#writeHeader(slot, REQUEST.DISCARD, 0);
      this.#writeDiscard(slot, sector * scale, most * scale);
      queue.describe(slot, part++, own + SLOT.DISCARD, DISCARD_LENGTH, false, false);
    } else {
      const isRead = operation === "read";
      this.#writeHeader(slot, isRead ? REQUEST.IN : REQUEST.OUT, sector * scale);
      part = this.#describeData(slot, offset, count * sectorBytes, isRead);
    }
    this.#bytes[slot * SLOT.BYTES + SLOT.STATUS] = REQUEST_STATUS.NONE;
    queue.describe(slot, part, own + SLOT.STATUS, STATUS_LENGTH, true, true);
    return part + 1;
  }

  /** @returns Whether the device has done what the slot's request asked for. */
  isDone(slot: number): boolean {
    return this.#bytes[slot * SLOT.BYTES + SLOT.STATUS] === REQUEST_STATUS.OK;
  }

  /** @returns The number of the next part. */
  #describeData(slot: number, offset: number, length: number, isRead: boolean): number {
    const { partBytes } = this.#geometry;
    let part = 1;
    for (let done = 0; done < length; done += partBytes) {
      const bytes = Math.min(partBytes, length - done);
      this.#queue.describe(slot, part++, offset + done, bytes, isRead, false);
    }
    return part;
  }

  #writeHeader(slot: number, type: number, sector: number): void {
    const words = this.#words;
    const at = slot * SLOT_WORDS;
    words[at] = type;
    words[at + 1] = 0;
    words[at + 2] = sector;
    words[at + 3] = sector / 4_294_967_296;
  }

  #writeDiscard(slot: number, sector: number, count: number): void {
    const words = this.#words;
    const at = slot * SLOT_WORDS + SLOT.DISCARD / 4;
    words[at] = sector;
    words[at + 1] = sector / 4_294_967_296;
    words[at + 2] = count;
    words[at + 3] = 0;
  }
}
