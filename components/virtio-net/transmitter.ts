/**
 * The transmitting side (virtio 1.3, 5.1.6.2). Every slot has a header of its own, described once;
 * behind it come the frame's parts, where they lie in packet memory.
 */
import { MAX_FRAME_PARTS } from "../../libos/hal/mod.ts";
import type { TransmitFrame } from "../../libos/hal/mod.ts";
import type { VirtioDevice, Virtqueue } from "../virtio/mod.ts";
import { FLAG, GSO_TCPV4, HEADER_BYTES, HEADER_WORD } from "./wire.ts";

/** Headers are this far apart. */
const HEADER_STRIDE = 16;
const HEADER_WORDS = HEADER_STRIDE / 2;

/** Parts of one buffer: the header and the frame. */
export const TRANSMIT_PARTS: number = 1 + MAX_FRAME_PARTS;

/** One queue to transmit by, or several. */
export interface TransmitSide {
  /** Frames taken, and those among them that the device has finished with, in their order. */
  readonly submitted: number;
  readonly finished: number;
  /** The most that `submitted` is ahead of `finished`. */
  readonly frameLimit: number;
  /** The device holds nothing. */
  readonly isIdle: boolean;
  /** @returns False when there is no room; an interrupt follows when there is. */
  transmit(frame: TransmitFrame, length: number): boolean;
  kick(): void;
  /** Asks for no interrupts. */
  unwatch(): void;
  /** Asks for an interrupt when the device finishes a frame. @returns True: it has already. */
  watch(): boolean;
  /** @returns False when there is no room still; then an interrupt follows. */
  waitForRoom(): boolean;
  /** Takes back what the device has finished with. @returns Whether there was something. */
  reap(): boolean;
}

export class Transmitter implements TransmitSide {
  submitted = 0;
  finished = 0;
  readonly #queue: Virtqueue;
  readonly #headers: Uint16Array;
  /** Where the header of slot 0 lies. */
  readonly #area: number;
  /** Slots whose header was described: each is when it is taken for the first time. */
  #described = 0;
  /** 1 where a slot's header asks for something. */
  readonly #isMarked: Uint8Array;
  /** Slots in the order of their frames, as a ring, and which of them came back before older ones. */
  readonly #order: Uint16Array;
  readonly #isEarly: Uint8Array;
  #earlyCount = 0;
  #oldest = 0;
  #newest = 0;

  /** @throws DeviceError when there is no memory. */
  constructor(device: VirtioDevice, queue: Virtqueue) {
    const { slotCount } = queue;
    this.#queue = queue;
    this.#area = device.allocate(slotCount * HEADER_STRIDE);
    const { bytes } = device.needs.memory;
    const start = bytes.byteOffset + this.#area;
    this.#headers = new Uint16Array(bytes.buffer, start, slotCount * HEADER_WORDS);
    this.#isMarked = new Uint8Array(slotCount);
    this.#order = new Uint16Array(slotCount);
    this.#isEarly = new Uint8Array(slotCount);
    // Interrupts are asked for only by a sender that waits for room.
    queue.unwatch();
  }

  get frameLimit(): number {
    return this.#queue.slotCount;
  }

  get isIdle(): boolean {
    return this.#queue.offeredCount === 0;
  }

  transmit(frame: TransmitFrame, length: number): boolean {
    const queue = this.#queue;
    if (queue.freeCount === 0) {
      queue.kick();
      if (!this.waitForRoom()) return false;
    }
    const { partCount } = frame;
    const slot = queue.take();
    if (slot === this.#described) this.#describeHeader(slot);
    try {
      queue.describeRead(slot, 1, frame.partOffset, frame.partLength, partCount);
    } catch (error) {
      // A part that is out of the device's reach: the caller's bug, and nothing has happened.
      queue.release(slot);
      throw error;
    }
    this.#writeHeader(slot, frame, length);
    queue.offer(slot, partCount + 1);
    const order = this.#order;
    const newest = this.#newest;
    order[newest] = slot;
    this.#newest = newest + 1 === order.length ? 0 : newest + 1;
    this.submitted++;
    return true;
  }

  kick(): void {
    this.#queue.kick();
  }

  unwatch(): void {
    this.#queue.unwatch();
  }

  watch(): boolean {
    return this.#queue.watch();
  }

  waitForRoom(): boolean {
    const queue = this.#queue;
    while (queue.freeCount === 0) {
      if (!this.reap() && !queue.watch()) return false;
    }
    return true;
  }

  reap(): boolean {
    if (this.finished === this.submitted) return false;
    const queue = this.#queue;
    let slot = queue.pop();
    if (slot < 0) return false;
    for (;;) {
      // A device may finish frames in any order; they count in the order of `transmit`.
      if (slot === this.#order[this.#oldest]) {
        this.#finishOldest(slot);
        if (this.#earlyCount > 0) this.#finishEarly();
      } else {
        this.#isEarly[slot] = 1;
        this.#earlyCount++;
      }
      if (queue.offeredCount === 0) return true;
      slot = queue.pop();
      if (slot < 0) return true;
    }
  }

  #finishOldest(slot: number): void {
    this.#queue.release(slot);
    const next = this.#oldest + 1;
    this.#oldest = next === this.#order.length ? 0 : next;
    this.finished++;
  }

  /** Counts what came back before the frame that was the oldest until now. */
  #finishEarly(): void {
    while (this.finished < this.submitted) {
      const slot = this.#order[this.#oldest]!;
      if (this.#isEarly[slot] === 0) return;
      this.#isEarly[slot] = 0;
      this.#earlyCount--;
      this.#finishOldest(slot);
    }
  }

  #describeHeader(slot: number): void {
    const at = this.#area + slot * HEADER_STRIDE;
    this.#queue.describe(slot, 0, at, HEADER_BYTES, false, false);
    this.#described++;
  }

  #writeHeader(slot: number, frame: TransmitFrame, length: number): void {
    const { checksumStart, segmentBytes, headerBytes } = frame;
    if (checksumStart < 0 && this.#isMarked[slot] === 0) return;
    const headers = this.#headers;
    const at = slot * HEADER_WORDS;
    const isMarked = checksumStart >= 0;
    const isCut = segmentBytes > 0 && length > headerBytes + segmentBytes;
    const flags = (isMarked ? FLAG.NEEDS_CSUM : 0) | (isCut ? GSO_TCPV4 : 0);
    headers[at + HEADER_WORD.FLAGS_AND_TYPE] = flags;
    headers[at + HEADER_WORD.HEADER_BYTES] = isCut ? headerBytes : 0;
    headers[at + HEADER_WORD.SEGMENT_BYTES] = isCut ? segmentBytes : 0;
    headers[at + HEADER_WORD.CHECKSUM_START] = isMarked ? checksumStart : 0;
    headers[at + HEADER_WORD.CHECKSUM_OFFSET] = isMarked ? frame.checksumOffset : 0;
    this.#isMarked[slot] = isMarked ? 1 : 0;
  }
}
