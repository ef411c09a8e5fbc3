/** A virtio block device (virtio 1.3, 5.2) over bytes in memory. */
import type { Chain, DeviceQueue } from "./device-queue.ts";
import type { ModelOptions } from "./virtio-model.ts";
import { VirtioModel } from "./virtio-model.ts";

/** Feature bits (5.2.3). */
export const BLOCK_FEATURE = {
  SIZE_MAX: 1,
  SEG_MAX: 2,
  RO: 5,
  BLK_SIZE: 6,
  FLUSH: 9,
  DISCARD: 13,
} as const;

export interface BlockModelOptions extends ModelOptions {
  readonly sectorCount: number;
  /** Default: BLK_SIZE, FLUSH and DISCARD. */
  readonly features?: readonly number[];
  /** What BLK_SIZE says; default 512. */
  readonly blockBytes?: number;
  /** Sectors whose reads and writes fail. */
  readonly badSectors?: readonly number[];
}

const TYPE = { IN: 0, OUT: 1, FLUSH: 4, DISCARD: 11 } as const;
const STATUS = { OK: 0, IOERR: 1, UNSUPP: 2 } as const;
const SECTOR = 512;
const HEADER_BYTES = 16;
const MAX_SIZE = 65_536;

export class BlockModel extends VirtioModel {
  readonly bytes: Uint8Array;
  /** Requests by type, as they ended. */
  readonly done: number[] = [];
  readonly #bad: ReadonlySet<number>;

  constructor(options: BlockModelOptions) {
    const { BLK_SIZE, FLUSH, DISCARD } = BLOCK_FEATURE;
    super(2, 1, 60, options.features ?? [BLK_SIZE, FLUSH, DISCARD], options);
    this.bytes = new Uint8Array(options.sectorCount * SECTOR);
    this.#bad = new Set(options.badSectors);
    const view = new DataView(this.config.buffer);
    view.setUint32(0, options.sectorCount, true);
    view.setUint32(8, MAX_SIZE, true);
    view.setUint32(12, 4, true);
    view.setUint32(20, options.blockBytes ?? SECTOR, true);
    // max_discard_sectors, max_discard_seg, discard_sector_alignment (5.2.4).
    view.setUint32(36, 1024, true);
    view.setUint32(40, 1, true);
    view.setUint32(44, 1, true);
  }

  process(queue: DeviceQueue): void {
    for (let chain = queue.take(); chain !== undefined; chain = queue.take()) {
      const request = chain;
      // Requests end in any order.
      this.later(2 + this.host.random.below(60), () => {
        this.#serve(queue, request);
        if (this.isRunning) this.signal(queue);
      });
    }
  }

  #serve(queue: DeviceQueue, chain: Chain): void {
    const request = queue.readAll(chain);
    if (request.length < HEADER_BYTES || chain.writableBytes < 1) {
      queue.violation("a request without header or status");
      return this.finish(queue, chain);
    }
    const view = new DataView(request.buffer);
    const type = view.getUint32(0, true);
    const sector = view.getUint32(8, true) + view.getUint32(12, true) * 2 ** 32;
    const readBytes = chain.writableBytes - 1;
    const answer = new Uint8Array(chain.writableBytes);
    answer[readBytes] = this.#run(
      queue,
      type,
      sector,
      request.subarray(HEADER_BYTES),
      answer.subarray(0, readBytes),
    );
    this.done.push(type);
    return this.finish(queue, chain, answer);
  }

  #run(
    queue: DeviceQueue,
    type: number,
    sector: number,
    data: Uint8Array,
    into: Uint8Array,
  ): number {
    switch (type) {
      case TYPE.IN:
        if (!this.#isIn(queue, sector, into.length)) return STATUS.IOERR;
        into.set(this.bytes.subarray(sector * SECTOR, sector * SECTOR + into.length));
        return STATUS.OK;
      case TYPE.OUT:
        if (this.has(BLOCK_FEATURE.RO)) queue.violation("a write to a read-only device (5.2.6.1)");
        if (this.has(BLOCK_FEATURE.RO) || !this.#isIn(queue, sector, data.length))
          return STATUS.IOERR;
        this.bytes.set(data, sector * SECTOR);
        return STATUS.OK;
      case TYPE.FLUSH:
        if (!this.has(BLOCK_FEATURE.FLUSH)) queue.violation("FLUSH was not negotiated");
        if (sector !== 0 || data.length > 0)
          queue.violation("a flush with sector or data (5.2.6.1)");
        return STATUS.OK;
      case TYPE.DISCARD:
        return this.#discard(queue, data);
      default:
        return STATUS.UNSUPP;
    }
  }

  #discard(queue: DeviceQueue, data: Uint8Array): number {
    if (!this.has(BLOCK_FEATURE.DISCARD)) queue.violation("DISCARD was not negotiated");
    if (data.length !== 16) {
      queue.violation(`a discard of ${data.length} bytes`);
      return STATUS.IOERR;
    }
    const view = new DataView(data.buffer, data.byteOffset);
    const sector = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
    const count = view.getUint32(8, true);
    if (view.getUint32(12, true) !== 0 || count > 1024) queue.violation("a discard with flags");
    if (!this.#isIn(queue, sector, count * SECTOR)) return STATUS.IOERR;
    this.bytes.fill(0, sector * SECTOR, (sector + count) * SECTOR);
    return STATUS.OK;
  }

  #isIn(queue: DeviceQueue, sector: number, length: number): boolean {
    if (length % SECTOR !== 0) queue.violation(`${length} bytes of data`);
    for (let at = sector; at < sector + length / SECTOR; at++) if (this.#bad.has(at)) return false;
    return sector * SECTOR + length <= this.bytes.length;
  }
}
