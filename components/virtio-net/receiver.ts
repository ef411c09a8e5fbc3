/**
 * The receiving side of one queue pair (virtio 1.3, 5.1.6.3 and 5.1.6.4).
 *
 * Buffers lie one behind another, without a gap: a frame that a device merged from neighbours, as
 * devices do that use buffers in order, is contiguous as it lies and is handed over in place. Other
 * merged frames are copied together once. The first buffer begins 2 bytes past a multiple of 4, so
 * that the frame behind its 12 bytes of header does as well.
 */
import { FRAME_ALIGNMENT_OFFSET } from "../../libos/hal/mod.ts";
import type { AcceptFrame, PacketMemory, ReceiveOffload } from "../../libos/hal/mod.ts";
import type { VirtioDevice, Virtqueue } from "../virtio/mod.ts";
import { ETHERNET_BYTES, FLAG, GSO_TCPV4, HEADER_BYTES, HEADER_WORD } from "./wire.ts";

/** What the receivers of a device have counted. */
export interface ReceiveCounters {
  received: number;
  /** Frames whose length or header cannot be. */
  receiveErrors: number;
  /** Merged frames that had to be copied together. */
  copied: number;
}

/** What was negotiated. */
export interface ReceiveOptions {
  readonly isMerging: boolean;
  readonly hasChecksum: boolean;
  readonly hasSegments: boolean;
  /** The longest frame that may arrive. */
  readonly maxFrameBytes: number;
  readonly bufferBytes: number;
}

/** The first word of a header with flags that say: the checksum is right. */
const CHECKSUM_MASK: number = FLAG.NEEDS_CSUM | FLAG.DATA_VALID;

export class Receiver {
  readonly #device: VirtioDevice;
  readonly #memory: PacketMemory;
  readonly #queue: Virtqueue;
  readonly #options: ReceiveOptions;
  readonly #counters: ReceiveCounters;
  readonly #offload: ReceiveOffload = { checksumValid: false, segmentBytes: 0 };
  /** Where slot 0 begins. */
  readonly #base: number;
  /** From `#base` on: headers are read here. */
  readonly #words: Uint16Array;
  /** Where frames that are not contiguous are put together; -1 where none can be. */
  readonly #assembly: number;
  /** Buffers that were given back and not shown to the device yet, and how many may be. */
  #returned = 0;
  readonly #maxReturned: number;
  /** The slots of a merged frame. */
  readonly #merged: Uint16Array;
  readonly #mergedLength: Int32Array;
  /** An interrupt follows when the device uses the next buffer. */
  #isWatched = false;

  /** @throws DeviceError when there is no memory. */
  constructor(
    device: VirtioDevice,
    queue: Virtqueue,
    options: ReceiveOptions,
    counters: ReceiveCounters,
  ) {
    this.#device = device;
    this.#memory = device.needs.memory;
    this.#queue = queue;
    this.#options = options;
    this.#counters = counters;
    const { bufferBytes, maxFrameBytes, isMerging } = options;
    const { slotCount } = queue;
    const area = device.allocate(slotCount * bufferBytes + FRAME_ALIGNMENT_OFFSET);
    this.#base = area + FRAME_ALIGNMENT_OFFSET;
    const { bytes } = this.#memory;
    const wordCount = (slotCount * bufferBytes) / 2;
    this.#words = new Uint16Array(bytes.buffer, bytes.byteOffset + this.#base, wordCount);
    // Not one by one, where the longest frame has room in what the device keeps.
    const few = slotCount >> 3;
    const isRoomy = (slotCount - few) * bufferBytes >= maxFrameBytes + HEADER_BYTES;
    this.#maxReturned = isRoomy ? few : 0;
    this.#merged = new Uint16Array(slotCount);
    this.#mergedLength = new Int32Array(slotCount);
    const canBeMerged = isMerging && maxFrameBytes + HEADER_BYTES > bufferBytes;
    this.#assembly = canBeMerged ? device.allocate(maxFrameBytes + 64) : -1;
    queue.offerBuffers(this.#base, bufferBytes);
  }

  /** Shows the buffers to the device, and asks for an interrupt. */
  start(): void {
    this.#queue.kick();
    this.#isWatched = !this.#queue.watch();
  }

  /** Nothing is to be done, and an interrupt follows when something is. */
  get isAtRest(): boolean {
    return this.#isWatched && !this.#queue.hasUsed();
  }

  hasFrames(): boolean {
    return this.#queue.hasUsed();
  }

  /** As `NetDevice.receive`. */
  receive(accept: AcceptFrame, budget: number): number {
    const queue = this.#queue;
    let count = 0;
    this.#isWatched = false;
    while (count < budget) {
      const slot = queue.pop();
      if (slot < 0) {
        // Only an empty queue asks for the next interrupt; what came meanwhile is taken at once.
        if (queue.watch()) continue;
        this.#isWatched = true;
        break;
      }
      if (this.#take(slot, accept)) count++;
    }
    if (this.#returned > this.#maxReturned) {
      this.#returned = 0;
      queue.kick();
    }
    this.#counters.received += count;
    return count;
  }

  /** Hands over the frame that begins in `slot`, and gives its buffers back to the device. */
  #take(slot: number, accept: AcceptFrame): boolean {
    const queue = this.#queue;
    const header = (slot * this.#options.bufferBytes) >> 1;
    const bufferCount = this.#options.isMerging
      ? this.#words[header + HEADER_WORD.BUFFER_COUNT]!
      : 1;
    if (bufferCount !== 1) return this.#takeMerged(slot, bufferCount, header, accept);
    const length = queue.usedLength - HEADER_BYTES;
    const offset = this.#base + slot * this.#options.bufferBytes + HEADER_BYTES;
    const isGood = this.#deliver(header, offset, length, accept);
    queue.offer(slot, 1);
    this.#returned++;
    return isGood;
  }

  #deliver(header: number, offset: number, length: number, accept: AcceptFrame): boolean {
    const options = this.#options;
    const flags = this.#words[header]!;
    const type = flags & 0x7f00;
    const isSegmented = type === GSO_TCPV4 && options.hasSegments;
    if (length < ETHERNET_BYTES || length > options.maxFrameBytes || (type !== 0 && !isSegmented)) {
      this.#counters.receiveErrors++;
      return false;
    }
    const offload = this.#offload;
    offload.checksumValid = options.hasChecksum && (flags & CHECKSUM_MASK) !== 0;
    offload.segmentBytes = isSegmented ? this.#words[header + HEADER_WORD.SEGMENT_BYTES]! : 0;
    accept(offset, length, offload);
    return true;
  }

  /** 5.1.6.4: a frame in several buffers, all of which the device has used by now. */
  #takeMerged(slot: number, bufferCount: number, header: number, accept: AcceptFrame): boolean {
    const { bufferBytes, maxFrameBytes } = this.#options;
    const queue = this.#queue;
    const merged = this.#merged;
    if (bufferCount === 0 || bufferCount > queue.slotCount || this.#assembly < 0) {
      this.#device.fail(`it merges ${bufferCount} buffers of ${queue.slotCount}`);
      return false;
    }
    const lengths = this.#mergedLength;
    merged[0] = slot;
    lengths[0] = queue.usedLength;
    let total = queue.usedLength;
    let isContiguous = true;
    for (let index = 1; index < bufferCount; index++) {
      const next = queue.pop();
      if (next < 0) {
        this.#device.fail(`it announced ${bufferCount} buffers for a frame and used ${index}`);
        return false;
      }
      // The buffer before was filled to its end, and this one is its neighbour.
      isContiguous &&= total === index * bufferBytes && next === slot + index;
      merged[index] = next;
      lengths[index] = queue.usedLength;
      total += queue.usedLength;
    }
    const length = total - HEADER_BYTES;
    let isGood = false;
    if (length > maxFrameBytes || lengths[0]! < HEADER_BYTES) {
      this.#counters.receiveErrors++;
    } else {
      const first = this.#base + slot * bufferBytes + HEADER_BYTES;
      isGood = this.#deliver(
        header,
        isContiguous ? first : this.#join(bufferCount),
        length,
        accept,
      );
    }
    for (let index = 0; index < bufferCount; index++) queue.offer(merged[index]!, 1);
    this.#returned += bufferCount;
    return isGood;
  }

  /** Copies a frame from the buffers that `#merged` names. @returns Where it lies. */
  #join(bufferCount: number): number {
    const to = this.#assembly + FRAME_ALIGNMENT_OFFSET;
    let at = to;
    for (let index = 0; index < bufferCount; index++) {
      const skip = index === 0 ? HEADER_BYTES : 0;
      const from = this.#base + this.#merged[index]! * this.#options.bufferBytes + skip;
      const length = this.#mergedLength[index]! - skip;
      this.#memory.copy(at, from, length);
      at += length;
    }
    this.#counters.copied++;
    return to;
  }
}
