import type { PacketMemory, TransmitFrame } from "../../libos/hal/mod.ts";
import { appendPart, type Route } from "../ip/mod.ts";
import { type Blocks, queueBlockBytes } from "./blocks.ts";

/**
 * Bytes that wait for the peer's acknowledgment: a ring in packet memory from which segments are
 * sent without a copy.
 *
 * The byte with sequence number `s` lies at `base + (s & (ring bytes - 1))`. So nothing is moved
 * when the queue advances, and growing is two copies. What holds:
 * `reusable <= start <= end`, and `end - reusable <= ring bytes`. `start` follows SND.UNA;
 * `reusable` follows `start` once the device has read what it was told to send from there.
 */
export class SendQueue {
  /** The first byte that the peer has not acknowledged. */
  start = 0;
  /** One past the last byte. */
  end = 0;
  readonly #memory: PacketMemory;
  readonly #blocks: Blocks;
  readonly #route: Route;
  readonly #maxBytes: number;
  #base = -1;
  #ringBytes = 0;
  #reusable = 0;
  #pendingStart = 0;
  #pendingEpoch = -1;

  /** The last frame, by the route's count, that was submitted with bytes of this queue. */
  epoch = 0;

  constructor(memory: PacketMemory, blocks: Blocks, route: Route, maxBytes: number) {
    this.#memory = memory;
    this.#blocks = blocks;
    this.#route = route;
    this.#maxBytes = maxBytes;
  }

  /** Names the sequence number of the first byte, while the queue is empty. */
  begin(sequence: number): void {
    this.start = this.end = this.#reusable = sequence;
  }

  get usedBytes(): number {
    return (this.end - this.start) | 0;
  }

  get space(): number {
    return this.#maxBytes - ((this.end - this.#reusable) | 0);
  }

  /** True while acknowledged bytes are kept because a device may still read them. */
  get isHeld(): boolean {
    return this.#reusable !== this.start;
  }

  /** Queues a copy of bytes. @returns How many; fewer than `length` when there is no room. */
  append(source: Uint8Array, offset: number, length: number): number {
    const taken = this.#reserve(length);
    if (taken === 0) return 0;
    const at = this.end & (this.#ringBytes - 1);
    const first = Math.min(taken, this.#ringBytes - at);
    this.#memory.copyIn(this.#base + at, source, offset, first);
    if (first < taken) this.#memory.copyIn(this.#base, source, offset + first, taken - first);
    this.end = (this.end + taken) | 0;
    return taken;
  }

  /** As `append`, from packet memory. */
  appendPacketMemory(offset: number, length: number): number {
    const taken = this.#reserve(length);
    if (taken === 0) return 0;
    const at = this.end & (this.#ringBytes - 1);
    const first = Math.min(taken, this.#ringBytes - at);
    this.#memory.copy(this.#base + at, offset, first);
    if (first < taken) this.#memory.copy(this.#base, offset + first, taken - first);
    this.end = (this.end + taken) | 0;
    return taken;
  }

  /** Adds the bytes from `sequence` on to a frame: one part, or two where the ring wraps. */
  addParts(frame: TransmitFrame, sequence: number, length: number): void {
    const at = sequence & (this.#ringBytes - 1);
    const first = Math.min(length, this.#ringBytes - at);
    appendPart(frame, this.#base + at, first);
    if (first < length) appendPart(frame, this.#base, length - first);
  }

  /** Forgets what the peer has acknowledged. */
  release(sequence: number): void {
    this.start = sequence;
    this.reuse();
  }

  /** Lets go of acknowledged bytes that the device has read by now, but not of the ring: `trim`. */
  reuse(): void {
    const transmitted = this.#route.transmitted();
    if (transmitted >= this.epoch) {
      this.#reusable = this.start;
      this.#pendingEpoch = -1;
      return;
    }
    // One boundary is remembered at a time; the next begins when it is reached.
    if (this.#pendingEpoch >= 0 && transmitted >= this.#pendingEpoch) {
      this.#reusable = this.#pendingStart;
      this.#pendingEpoch = -1;
    }
    if (this.#pendingEpoch < 0 && this.#reusable !== this.start) {
      this.#pendingStart = this.start;
      this.#pendingEpoch = this.epoch;
    }
  }

  /** Drops everything; the memory is free once the device has read it. */
  dispose(): void {
    this.start = this.end;
    this.#leaveRing();
  }

  /** Gives the ring back when nothing is in it, and no device reads it. */
  trim(): void {
    if (this.#base < 0 || this.#reusable !== this.end) return;
    this.#blocks.free(this.#base, this.#ringBytes);
    this.#base = -1;
    this.#ringBytes = 0;
  }

  /** Makes room. @returns How many of `length` bytes fit. */
  #reserve(length: number): number {
    const held = (this.end - this.#reusable) | 0;
    const wanted = Math.min(held + length, this.#maxBytes);
    if (wanted > this.#ringBytes) {
      const ringBytes = queueBlockBytes(Math.min(wanted, this.#blocks.fairBytes));
      if (ringBytes > this.#ringBytes) this.#grow(ringBytes);
    }
    return Math.max(0, Math.min(wanted, this.#ringBytes) - held);
  }

  #grow(ringBytes: number): void {
    const base = this.#blocks.allocate(ringBytes);
    if (base < 0) return;
    if (this.start !== this.end) this.#copyTo(base, ringBytes);
    this.#leaveRing();
    this.#base = base;
    this.#ringBytes = ringBytes;
  }

  /** Gives the ring away as soon as no device reads it. */
  #leaveRing(): void {
    const { epoch } = this;
    if (this.#base >= 0) this.#blocks.freeAfter(this.#base, this.#ringBytes, this.#route, epoch);
    this.#base = -1;
    this.#ringBytes = 0;
    this.#reusable = this.start;
    this.#pendingEpoch = -1;
  }

  #copyTo(base: number, ringBytes: number): void {
    let sequence = this.start;
    while (sequence !== this.end) {
      const from = sequence & (this.#ringBytes - 1);
      const to = sequence & (ringBytes - 1);
      const left = (this.end - sequence) | 0;
      const length = Math.min(left, this.#ringBytes - from, ringBytes - to);
      this.#memory.copy(base + to, this.#base + from, length);
      sequence = (sequence + length) | 0;
    }
  }
}
