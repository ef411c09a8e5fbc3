/**
 * What split and packed virtqueues have in common: slots, and where their descriptors lie.
 *
 * The ring's own descriptors and the indirect tables behind them are one table of `Machine.dma`, which
 * checks every range and which JavaScript cannot reach. The driver and the device area (2.6) hold
 * indices and flags, no addresses, and are prepared typed arrays over packet memory.
 */
import type { Dma } from "../../libos/hal/mod.ts";
import { Slots } from "./slots.ts";
import type { VirtioTransport } from "./transport.ts";
import type { QueueOptions, Virtqueue } from "./virtqueue.ts";

export abstract class RingQueue implements Virtqueue {
  readonly index: number;
  readonly maxParts: number;
  usedLength = 0;
  protected readonly dma: Dma;
  protected readonly pool: number;
  protected readonly transport: VirtioTransport;
  protected readonly slots: Slots;
  /** Descriptors in the ring. */
  protected readonly size: number;
  /** The table of `dma`: the ring, then `maxParts` entries for each slot where `hasTables`. */
  protected readonly table: number;
  /** Buffers of several parts lie in indirect tables; one of a single part needs none. */
  protected readonly hasTables: boolean;
  protected readonly hasEventIndex: boolean;
  protected isStopped = false;
  readonly #onBroken: (why: string) => void;

  constructor(options: QueueOptions) {
    const { size, maxParts } = options;
    this.index = options.index;
    this.maxParts = maxParts;
    this.dma = options.dma;
    this.pool = options.pool;
    this.transport = options.transport;
    this.size = size;
    this.table = options.table;
    this.hasTables = usesTables(maxParts, options.isIndirect);
    this.hasEventIndex = options.hasEventIndex;
    this.slots = new Slots(this.hasTables ? size : Math.floor(size / maxParts));
    this.#onBroken = options.onBroken;
  }

  get slotCount(): number {
    return this.slots.count;
  }
  get freeCount(): number {
    return this.slots.freeCount;
  }
  get offeredCount(): number {
    return this.slots.offeredCount;
  }

  take(): number {
    return this.slots.take();
  }

  release(slot: number): void {
    this.slots.release(slot);
  }

  offerBuffers(offset: number, length: number): void {
    for (let slot = this.take(); slot >= 0; slot = this.take()) {
      this.describe(slot, 0, offset + slot * length, length, true, true);
      this.offer(slot, 1);
    }
  }

  takeOffered(): number {
    return this.slots.takeOffered();
  }

  stop(): void {
    this.isStopped = true;
  }

  abstract describe(
    slot: number,
    part: number,
    offset: number,
    length: number,
    isDeviceWritten: boolean,
    isLast: boolean,
  ): void;
  abstract describeRead(
    slot: number,
    part: number,
    offsets: Int32Array,
    lengths: Int32Array,
    count: number,
  ): void;
  abstract offer(slot: number, partCount: number): void;
  abstract kick(): void;
  abstract hasUsed(): boolean;
  abstract pop(): number;
  abstract watch(): boolean;
  abstract unwatch(): void;

  /** Where a slot's indirect table begins in `table`. */
  protected tableOf(slot: number): number {
    return this.size + slot * this.maxParts;
  }

  /** The device broke a rule: the driver is told, and from now on the queue is empty. */
  protected break(why: string): -1 {
    this.stop();
    this.#onBroken(`queue ${this.index}: ${why}`);
    return -1;
  }
}

/** A buffer of one part needs no table. */
export function usesTables(maxParts: number, isIndirect: boolean): boolean {
  return isIndirect && maxParts > 1;
}

/** Descriptors of a queue's table: the ring's own, and those of indirect tables. */
export function descriptorCount(size: number, maxParts: number, isIndirect: boolean): number {
  return usesTables(maxParts, isIndirect) ? size + size * maxParts : size;
}
