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
import { DEVICE_TYPE, DeviceError, openVirtio, VIRTIO_LIMITS } from "../virtio/mod.ts";
import type {
  DriverNeeds,
  VirtioDevice,
  VirtioLimits,
  VirtioTransport,
  Virtqueue,
} from "../virtio/mod.ts";
import { type Geometry, readGeometry } from "./geometry.ts";
import { VIRTIO_BLK_LIMITS, type VirtioBlkLimits } from "./limits.ts";
import { BLOCK_FEATURE, REQUEST, REQUEST_STATUS, SECTOR_BYTES } from "./wire.ts";

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

/** What a slot has of its own, from the start of its range: header, discard segment, status. */
const SLOT = { HEADER: 0, DISCARD: 16, STATUS: 32, BYTES: 64 } as const;
const SLOT_WORDS: number = SLOT.BYTES / 4;
const HEADER_LENGTH = 16;
const STATUS_LENGTH = 1;

/** How a slot's request ended. */
const ENDED: readonly BlockStatus[] = ["ok", "io-error", "read-only", "range"];
const OK = 0;
const IO_ERROR = 1;

class VirtioBlkDevice implements VirtioBlk {
  readonly info: BlockDeviceInfo;
  readonly #device: VirtioDevice;
  readonly #queue: Virtqueue;
  readonly #geometry: Geometry;
  readonly #hasFlush: boolean;
  /** A slot for `transferSync`, kept from the start. */
  readonly #syncSlot: number;
  /** Where slots have what is their own. */
  readonly #area: number;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #tokens: Float64Array;
  readonly #ended: Uint8Array;
  /** Slots whose requests have ended, as a ring. */
  readonly #finished: Uint16Array;
  #firstFinished = 0;
  #finishedCount = 0;
  #isSyncDone = false;
  #handler: (() => void) | undefined;
  #isAnnounced = false;
  #isClosed = false;

  constructor(
    device: VirtioDevice,
    queue: Virtqueue,
    geometry: Geometry,
    area: number,
    info: Pick<BlockDeviceInfo, "name" | "queueRequests">,
  ) {
    this.#device = device;
    this.#queue = queue;
    this.#geometry = geometry;
    this.#hasFlush = device.has(BLOCK_FEATURE.FLUSH_BIT);
    const { slotCount } = queue;
    const { bytes } = device.needs.memory;
    const start = bytes.byteOffset + area;
    this.#area = area;
    this.#words = new Uint32Array(bytes.buffer, start, slotCount * SLOT_WORDS);
    this.#bytes = new Uint8Array(bytes.buffer, start, slotCount * SLOT.BYTES);
    this.#tokens = new Float64Array(slotCount);
    this.#ended = new Uint8Array(slotCount);
    this.#finished = new Uint16Array(slotCount);
    for (let slot = 0; slot < slotCount; slot++) {
      queue.describe(slot, 0, area + slot * SLOT.BYTES, HEADER_LENGTH, false, false);
    }
    this.#syncSlot = queue.take();
    this.info = {
      ...info,
      sectorBytes: geometry.sectorBytes,
      sectorCount: geometry.sectorCount,
      readOnly: device.has(BLOCK_FEATURE.RO_BIT),
      discards: geometry.maxDiscardSectors > 0,
      maxRequestSectors: geometry.maxRequestSectors,
    };
  }

  get failure(): string | undefined {
    return this.#device.failure;
  }

  start(): void {
    this.#queue.watch();
    this.#device.start(() => {
      if (this.failure !== undefined) this.#failAll();
      this.#handler?.();
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
      this.#announce();
    }
    return true;
  }

  complete(accept: (token: number, status: BlockStatus) => void): number {
    if (this.#isClosed) return 0;
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
    this.#handler = handler;
    if (this.#finishedCount > 0 || this.#queue.hasUsed()) this.#announce();
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
    if (!this.#isDead) this.#device.waitFor(isIdle);
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
    if (this.#finishedCount > 0) this.#announce();
    return ENDED[ended]!;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#handler = undefined;
    const isDone = (): boolean => {
      this.#collect();
      return this.#queue.offeredCount === 0;
    };
    if (this.failure === undefined) this.#device.poll(isDone, this.#device.limits.closeUs);
    this.#isClosed = true;
    this.#device.close();
  }

  get #isDead(): boolean {
    return this.#isClosed || this.#device.failure !== undefined;
  }

  #begin(
    slot: number,
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): void {
    const partCount = this.#describe(slot, operation, sector, count, offset);
    this.#bytes[slot * SLOT.BYTES + SLOT.STATUS] = REQUEST_STATUS.NONE;
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
    if (operation === "flush") return this.#isDead ? IO_ERROR : -1;
    const isInRange =
      sector >= 0 && count >= 1 && count <= maxRequestSectors && sector + count <= sectorCount;
    if (!isInRange) return ENDED.indexOf("range");
    if (operation !== "read" && readOnly) return ENDED.indexOf("read-only");
    if (operation === "discard" && !discards) return OK;
    return this.#isDead ? IO_ERROR : -1;
  }

  /** Writes the request (5.2.6). @returns Its parts. */
  #describe(
    slot: number,
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): number {
    const queue = this.#queue;
    const own = this.#area + slot * SLOT.BYTES;
    const scale = this.info.sectorBytes / SECTOR_BYTES;
    let part = 1;
    if (operation === "flush") {
      this.#writeHeader(slot, REQUEST.FLUSH, 0);
    } else if (operation === "discard") {
      // Discarding is a hint: what the device can't take in one request is left as it is.
      const most = Math.min(count, this.#geometry.maxDiscardSectors);
      this.#writeHeader(slot, REQUEST.DISCARD, 0);
      this.#writeDiscard(slot, sector * scale, most * scale);
      queue.describe(slot, part++, own + SLOT.DISCARD, 16, false, false);
    } else {
      const isRead = operation === "read";
      this.#writeHeader(slot, isRead ? REQUEST.IN : REQUEST.OUT, sector * scale);
      part = this.#describeData(slot, offset, count * this.info.sectorBytes, isRead);
    }
    queue.describe(slot, part, own + SLOT.STATUS, STATUS_LENGTH, true, true);
    return part + 1;
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

  /** Takes back what the device has done; all of it, when the device has failed. */
  #collect(): void {
    const queue = this.#queue;
    for (let slot = queue.pop(); slot >= 0; slot = queue.pop()) {
      const isOk = this.#bytes[slot * SLOT.BYTES + SLOT.STATUS] === REQUEST_STATUS.OK;
      this.#end(slot, isOk ? OK : IO_ERROR);
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

  #announce(): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.#device.needs.schedule(this.#runHandler);
  }

  readonly #runHandler = (): void => {
    this.#isAnnounced = false;
    if (!this.#isClosed) this.#handler?.();
  };
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
  const area = device.allocate(queue.slotCount * SLOT.BYTES);
  const queueRequests = Math.min(limits.queueRequests, queue.slotCount - 1);
  const blk = new VirtioBlkDevice(device, queue, geometry, area, { name, queueRequests });
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
  if (transport.deviceType !== DEVICE_TYPE.BLOCK) {
    throw new DeviceError(`${transport.name}: type ${transport.deviceType} is no block device`);
  }
  const { queueRequests } = limits;
  if (!(
    queueRequests >= 1 &&
    queueRequests <= 16_384 &&
    Number.isInteger(Math.log2(queueRequests))
  )) {
    throw new RangeError(`${queueRequests} requests: a power of two is needed`);
  }
  const features = [
    BLOCK_FEATURE.SIZE_MAX_BIT,
    BLOCK_FEATURE.SEG_MAX_BIT,
    BLOCK_FEATURE.RO_BIT,
    BLOCK_FEATURE.BLK_SIZE_BIT,
    BLOCK_FEATURE.FLUSH_BIT,
    BLOCK_FEATURE.DISCARD_BIT,
  ];
  const device = openVirtio(transport, needs, () => features, deviceLimits);
  try {
    return build(device, name, limits);
  } catch (error) {
    device.close();
    throw error;
  }
}
