/**
 * A virtio block device as a `BlockDevice` (virtio 1.3, 5.2).
 *
 * A request is a slot of the queue. It ends in the list of finished slots, whether the device has
 * done it, the device has failed, or it was refused here; `complete` hands that list over. Data is
 * read and written where the caller has it.
 */
import type {
  BlockDevice,
  BlockDeviceInfo,
  BlockOperation,
  BlockStatus,
} from "../../libos/hal/mod.ts";
import {
  DEVICE_TYPE,
  DeviceError,
  isPowerOfTwo,
  openDriver,
  ReadyHandler,
  VIRTIO_LIMITS,
} from "../virtio/mod.ts";
import type {
  DriverNeeds,
  VirtioDevice,
  VirtioLimits,
  VirtioTransport,
  Virtqueue,
} from "../virtio/mod.ts";
import { readGeometry } from "./geometry.ts";
import { VIRTIO_BLK_LIMITS, type VirtioBlkLimits } from "./limits.ts";
import { Requests } from "./requests.ts";
import { BLOCK_FEATURE } from "./wire.ts";

export interface VirtioBlk extends BlockDevice {
  /** Why the device was given up: then every request ends with "io-error". */
  readonly failure: string | undefined;
  transferSync(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): BlockStatus;
  /**
   * Lets the device finish what it has accepted (`limits.closeUs`), resets it, and gives its memory
   * back. No handler is called any more. Idempotent.
   */
  close(): void;
}

/** Taken where they are offered. */
const FEATURES: readonly number[] = [
  BLOCK_FEATURE.SIZE_MAX_BIT,
  BLOCK_FEATURE.SEG_MAX_BIT,
  BLOCK_FEATURE.RO_BIT,
  BLOCK_FEATURE.BLK_SIZE_BIT,
  BLOCK_FEATURE.FLUSH_BIT,
  BLOCK_FEATURE.DISCARD_BIT,
];

/** How a slot's request ended. */
const ENDED: readonly BlockStatus[] = ["ok", "io-error", "read-only", "range"];
const OK = 0;
const IO_ERROR = 1;

class VirtioBlkDevice implements VirtioBlk {
  readonly info: BlockDeviceInfo;
  readonly #device: VirtioDevice;
  readonly #queue: Virtqueue;
  readonly #requests: Requests;
  readonly #hasFlush: boolean;
  /** A slot for `transferSync`, kept from the start. */
  readonly #syncSlot: number;
  readonly #tokens: Float64Array;
  readonly #ended: Uint8Array;
  /** Slots whose requests have ended, as a ring. */
  readonly #finished: Uint16Array;
  #firstFinished = 0;
  #finishedCount = 0;
  #isSyncDone = false;
  readonly #ready: ReadyHandler;

  constructor(device: VirtioDevice, queue: Virtqueue, requests: Requests, info: BlockDeviceInfo) {
    this.#device = device;
    this.#queue = queue;
    this.#requests = requests;
    this.#ready = new ReadyHandler(device);
    this.#hasFlush = device.has(BLOCK_FEATURE.FLUSH_BIT);
    const { slotCount } = queue;
    this.#tokens = new Float64Array(slotCount);
    this.#ended = new Uint8Array(slotCount);
    this.#finished = new Uint16Array(slotCount);
    this.#syncSlot = queue.take();
    this.info = info;
  }

  get failure(): string | undefined {
    return this.#device.failure;
  }

  start(): void {
    this.#queue.watch();
    this.#device.start(() => {
      if (this.failure !== undefined) this.#failAll();
      this.#ready.call();
    });
  }

  submit(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
    token: number,
  ): boolean {
    const queue = this.#queue;
    // One slot more is held: the one for `transferSync`.
    if (queue.slotCount - queue.freeCount > this.info.queueRequests) return false;
    const refused = this.#refusal(operation, sector, count);
    if (refused < 0) this.#checkData(operation, count, offset);
    const slot = queue.take();
    this.#tokens[slot] = token;
    if (refused < 0) {
      this.#begin(slot, operation, sector, count, offset);
    } else {
      this.#end(slot, refused);
      this.#ready.announce();
    }
    return true;
  }

  complete(accept: (token: number, status: BlockStatus) => void): number {
    if (this.#device.isClosed) return 0;
    do this.#collect();
    while (this.#queue.watch());
    const count = this.#finishedCount;
    for (let left = count; left > 0; left--) {
      const slot = this.#finished[this.#firstFinished]!;
      this.#firstFinished = (this.#firstFinished + 1) % this.#finished.length;
      this.#finishedCount--;
      this.#queue.release(slot);
      accept(this.#tokens[slot]!, ENDED[this.#ended[slot]!]!);
    }
    return count;
  }

  onReady(handler: () => void): void {
    this.#ready.set(handler);
    if (this.#finishedCount > 0 || this.#queue.hasUsed()) this.#ready.announce();
  }

  transferSync(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): BlockStatus {
    const queue = this.#queue;
    const slot = this.#syncSlot;
    // The order is the caller's: what was submitted before is done before.
    const isIdle = (): boolean => {
      this.#collect();
      return queue.offeredCount === 0;
    };
    if (!this.#device.isDead) this.#device.waitFor(isIdle);
    let ended = this.#refusal(operation, sector, count);
    if (ended < 0) {
      this.#checkData(operation, count, offset);
      this.#isSyncDone = false;
      this.#begin(slot, operation, sector, count, offset);
      const isDone = (): boolean => {
        this.#collect();
        return this.#isSyncDone;
      };
      ended = this.#device.waitFor(isDone) ? this.#ended[slot]! : IO_ERROR;
    }
    if (this.#finishedCount > 0) this.#ready.announce();
    return ENDED[ended]!;
  }

  close(): void {
    this.#device.closeAfter(() => {
      this.#collect();
      return this.#queue.offeredCount === 0;
    });
  }

  #begin(
    slot: number,
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): void {
    const partCount = this.#requests.write(slot, operation, sector, count, offset);
    this.#queue.offer(slot, partCount);
    this.#queue.kick();
  }

  /**
   * Whether the device may reach a request's data, asked for before anything is taken.
   *
   * @throws RangeError when no device can reach it: a bug of the caller.
   */
  #checkData(operation: BlockOperation, count: number, offset: number): void {
    if (operation !== "read" && operation !== "write") return;
    this.#device.checkRange(offset, count * this.info.sectorBytes);
  }

  /** @returns An index in `ENDED` for what needs no device, else -1. */
  #refusal(operation: BlockOperation, sector: number, count: number): number {
    const { sectorCount, maxRequestSectors, discards, readOnly } = this.info;
    // Without FLUSH the device writes through (5.2.5.1), and there is nothing to flush.
    if (operation === "flush" && !this.#hasFlush) return OK;
    if (operation === "flush") return this.#device.isDead ? IO_ERROR : -1;
    const isInRange =
      sector >= 0 && count >= 1 && count <= maxRequestSectors && sector + count <= sectorCount;
    if (!isInRange) return ENDED.indexOf("range");
    if (operation !== "read" && readOnly) return ENDED.indexOf("read-only");
    if (operation === "discard" && !discards) return OK;
    return this.#device.isDead ? IO_ERROR : -1;
  }

  /** Takes back what the device has done; all of it, when the device has failed. */
  #collect(): void {
    const queue = this.#queue;
    for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) {
      this.#end(slot, this.#requests.isDone(slot) ? OK : IO_ERROR);
    }
    if (this.failure !== undefined) this.#failAll();
  }

  #end(slot: number, ended: number): void {
    this.#ended[slot] = ended;
    if (slot === this.#syncSlot) {
      this.#isSyncDone = true;
      return;
    }
    const at = (this.#firstFinished + this.#finishedCount) % this.#finished.length;
    this.#finished[at] = slot;
    this.#finishedCount++;
  }

  /** The device reads and writes nothing any more: what it had ends in an error. */
  #failAll(): void {
    const queue = this.#queue;
    for (let slot = queue.takeOffered(); slot >= 0; slot = queue.takeOffered()) {
      this.#end(slot, IO_ERROR);
    }
  }
}

/** @throws DeviceError */
function build(device: VirtioDevice, name: string, limits: VirtioBlkLimits): VirtioBlkDevice {
  const geometry = readGeometry(device, limits);
  // Header, data and status; with tables a slot is one descriptor, else it takes all of these.
  const parts = geometry.dataParts + 2;
  const queue = device.createQueue(0, 2 * limits.queueRequests, parts);
  if (queue === undefined || queue.slotCount < 2) {
    throw new DeviceError(`${device.transport.name}: it has no queue for requests`);
  }
  const { sectorBytes, sectorCount, maxRequestSectors } = geometry;
  const blk = new VirtioBlkDevice(device, queue, new Requests(device, queue, geometry), {
    name,
    sectorBytes,
    sectorCount,
    readOnly: device.has(BLOCK_FEATURE.RO_BIT),
    discards: geometry.maxDiscardSectors > 0,
    maxRequestSectors,
    queueRequests: Math.min(limits.queueRequests, queue.slotCount - 1),
  });
  blk.start();
  return blk;
}

/**
 * Drives a virtio block device.
 *
 * @param name The device's name for applications: "disk0".
 * @throws DeviceError when the device can't be used, and RangeError for limits that can't be.
 */
export function createVirtioBlk(
  transport: VirtioTransport,
  needs: DriverNeeds,
  name: string,
  limits: VirtioBlkLimits = VIRTIO_BLK_LIMITS,
  deviceLimits: VirtioLimits = VIRTIO_LIMITS,
): VirtioBlk {
  const { queueRequests } = limits;
  if (!(queueRequests <= 16_384 && isPowerOfTwo(queueRequests))) {
    throw new RangeError(`${queueRequests} requests: a power of two is needed`);
  }
  return openDriver(transport, needs, deviceLimits, {
    deviceType: DEVICE_TYPE.BLOCK,
    noun: "block device",
    features: () => FEATURES,
    build: (device) => build(device, name, limits),
  });
}
