/**
 * What a driver sees of a virtqueue, whichever kind of ring it is (virtio 1.3, 2.6).
 *
 * A queue has **slots**. A slot is one buffer of up to `maxParts` parts: the driver takes a free one,
 * describes its parts, offers it to the device, gets it back by `pop`, and releases it or offers it
 * again. What `describe` wrote stays, so that a buffer which always lies at the same place is
 * described once. Slots are numbers, for the driver's own arrays beside them.
 *
 * The device is not trusted: it can neither get a slot of the driver's back twice, nor one that was
 * not offered, nor say that it wrote more than there was room for. A queue whose device tries is
 * broken: the driver is told once, and from then on `pop` finds nothing.
 */
import type { Dma } from "../../libos/hal/mod.ts";
import type { VirtioTransport } from "./transport.ts";

export interface Virtqueue {
  readonly index: number;
  /** Slots: the most buffers at one time. */
  readonly slotCount: number;
  /** The most parts of one buffer. */
  readonly maxParts: number;
  /** Slots that nobody holds. */
  readonly freeCount: number;
  /** Slots that the device holds, with those that it has not been told of yet. */
  readonly offeredCount: number;
  /** Bytes that the device wrote to the buffer which `pop` returned last. */
  readonly usedLength: number;
  /** Takes a free slot: each for the first time in their order, from 0 on. @returns -1: there is none. */
  take(): number;
  /** Gives back a slot that was taken or popped. */
  release(slot: number): void;
  /**
   * Describes part `part` of a slot that the device does not hold. Parts are described in order,
   * those that the device reads before those that it writes (2.7.4.2).
   *
   * @param offset In packet memory.
   * @param isLast No part follows it when the slot is offered.
   * @throws RangeError when the range is neither the driver's nor the system's: a bug of the caller.
   */
  describe(
    slot: number,
    part: number,
    offset: number,
    length: number,
    isDeviceWritten: boolean,
    isLast: boolean,
  ): void;
  /**
   * Describes parts that the device reads, from part `part` to the slot's last one.
   *
   * @throws RangeError as `describe`: then none of them is described.
   */
  describeRead(
    slot: number,
    part: number,
    offsets: Int32Array,
    lengths: Int32Array,
    count: number,
  ): void;
  /** Hands the first `partCount` parts of a slot to the device, with the next `kick`. */
  offer(slot: number, partCount: number): void;
  /**
   * Offers every free slot, as one part of `length` bytes that the device writes: slot s lies at
   * `offset + s * length`.
   *
   * @throws RangeError as `describe`.
   */
  offerBuffers(offset: number, length: number): void;
  /** Shows the device what was offered, and notifies it if it wants to be. */
  kick(): void;
  /** @returns Whether `pop` would find something. */
  hasUsed(): boolean;
  /** Takes back the next slot that the device has finished with. @returns -1: none, or broken. */
  pop(): number;
  /** The device is gone: `pop` finds nothing any more, and `kick` tells nobody. */
  stop(): void;
  /** Takes a slot away from a device that has failed. @returns -1 when it holds none. */
  takeOffered(): number;
  /**
   * Asks for an interrupt when the device uses the next buffer.
   *
   * @returns True when it has used one already: for that one no interrupt may follow.
   */
  watch(): boolean;
  /** Asks for no interrupts; some may come nevertheless. */
  unwatch(): void;
}

/** How a queue is made. */
export interface QueueOptions {
  readonly index: number;
  /** Descriptors in the ring. */
  readonly size: number;
  readonly maxParts: number;
  /** VIRTIO_F_INDIRECT_DESC was negotiated. */
  readonly isIndirect: boolean;
  /** VIRTIO_F_EVENT_IDX was negotiated. */
  readonly hasEventIndex: boolean;
  readonly dma: Dma;
  /** The driver's pool. */
  readonly pool: number;
  /** Of `dma`, with as many descriptors as `descriptorCount` says. */
  readonly table: number;
  readonly transport: VirtioTransport;
  /** Told once when the device breaks the rules. */
  readonly onBroken: (why: string) => void;
}

/** Where the driver and the device area (2.6) lie, as offsets from a start that is aligned to 4. */
export interface QueueLayout {
  readonly driver: number;
  readonly device: number;
  readonly totalBytes: number;
}
