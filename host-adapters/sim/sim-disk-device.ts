/** A simulated disk as one system sees it: its requests, from `submit` to `complete`. */
import type {
  BlockDevice,
  BlockDeviceInfo,
  BlockOperation,
  BlockStatus,
  PacketMemory,
} from "../../libos/hal/mod.ts";
import { checkRange } from "../shared/packet-range.ts";
import type { Random } from "../shared/random.ts";
import type { SimDiskCounters, SimDiskOptions } from "./sim-disk.ts";
import type { SimEvent, World } from "./world.ts";
import { hashBytes } from "./world-trace.ts";

/** What the device needs of the disk behind it. */
export interface Medium {
  readonly info: BlockDeviceInfo;
  readonly options: SimDiskOptions;
  readonly counters: SimDiskCounters;
  readonly world: World;
  /** Latencies and errors. */
  readonly random: Random;
  /** Writes that have completed since the disk was made. */
  readonly completedWrites: number;
  read(sector: number, target: Uint8Array, offset: number, length: number): void;
  write(sector: number, bytes: Uint8Array): void;
  /** Makes the first `writes` writes durable, counted since the disk was made. */
  flush(writes: number): void;
}

/** A write and its data. */
export interface DiskWrite {
  readonly sector: number;
  readonly bytes: Uint8Array;
}

interface Request {
  readonly operation: BlockOperation;
  readonly sector: number;
  readonly count: number;
  readonly offset: number;
  readonly token: number;
  /** For a flush: how many writes had completed when it was submitted. */
  readonly writesBefore: number;
}

/** The disk as one system sees it. */
export class DiskDevice implements BlockDevice {
  readonly info: BlockDeviceInfo;
  readonly #disk: Medium;
  readonly #memory: PacketMemory;
  readonly #name: string;
  readonly #underWay = new Set<Request>();
  readonly #completed: [number, BlockStatus][] = [];
  #handler: (() => void) | undefined;
  #isAnnounced = false;
  #wantsRoom = false;
  #isOff = false;
  readonly transferSync?: NonNullable<BlockDevice["transferSync"]>;

  constructor(disk: Medium, memory: PacketMemory, name: string) {
    this.info = disk.info;
    this.#disk = disk;
    this.#memory = memory;
    this.#name = name;
    if (disk.options.sync ?? true) {
      this.transferSync = (operation, sector, count, offset) =>
        this.#transferSync(operation, sector, count, offset);
    }
  }

  submit(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
    token: number,
  ): boolean {
    if (this.#isOff) return false;
    if (this.#underWay.size + this.#completed.length >= this.info.queueRequests) {
      this.#wantsRoom = true;
      return false;
    }
    this.#checkData(operation, count, offset);
    const { world, random, options, completedWrites } = this.#disk;
    const request = { operation, sector, count, offset, token, writesBefore: completedWrites };
    const { latencyUs = 100, jitterUs = 50 } = options;
    const atUs = world.nowUs + Math.ceil(latencyUs + random.unit() * jitterUs);
    this.#underWay.add(request);
    world.at(atUs, {
      isHandler: false,
      isStale: () => !this.#underWay.has(request),
      run: () => this.#end(request),
    });
    return true;
  }

  complete(accept: (token: number, status: BlockStatus) => void): number {
    const completed = this.#completed.splice(0);
    for (const [token, status] of completed) accept(token, status);
    if (completed.length > 0 && this.#wantsRoom) {
      this.#wantsRoom = false;
      this.#announce();
    }
    return completed.length;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    if (this.#completed.length > 0) this.#announce();
  }

  finish(): void {
    for (const request of this.#underWay) this.#end(request);
    this.#isOff = true;
  }

  /** @returns The writes that were under way. */
  abandon(): DiskWrite[] {
    this.#isOff = true;
    const requests = [...this.#underWay];
    this.#underWay.clear();
    return requests
      .filter((request) => request.operation === "write" && this.#refusal(request) === undefined)
      .map((request) => ({ sector: request.sector, bytes: this.#data(request) }));
  }

  #transferSync(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): BlockStatus {
    this.#checkData(operation, count, offset);
    for (const request of this.#underWay) this.#end(request);
    const writesBefore = this.#disk.completedWrites;
    return this.#perform({ operation, sector, count, offset, token: -1, writesBefore });
  }

  #checkData(operation: BlockOperation, count: number, offset: number): void {
    if (operation !== "read" && operation !== "write") return;
    const length = Math.min(count, this.info.maxRequestSectors) * this.info.sectorBytes;
    checkRange(this.#name, offset, length, this.#memory.bytes.length);
  }

  #end(request: Request): void {
    this.#underWay.delete(request);
    this.#completed.push([request.token, this.#perform(request)]);
    this.#announce();
  }

  #perform(request: Request): BlockStatus {
    const status = this.#refusal(request) ?? this.#transfer(request);
    const { world } = this.#disk;
    if (world.isTracing) {
      const { operation, sector, count } = request;
      const hasData = operation === "read" || operation === "write";
      const hash = hasData && status === "ok" ? hashBytes(this.#data(request)) : "-";
      world.trace(this.#name, operation, { sector, count, status, hash });
    }
    return status;
  }

  #refusal({ operation, sector, count }: Request): BlockStatus | undefined {
    if (operation === "flush") return undefined;
    const { sectorCount, maxRequestSectors, readOnly } = this.info;
    const isInside = sector >= 0 && count >= 1 && sector + count <= sectorCount;
    if (!isInside || count > maxRequestSectors) return "range";
    if (operation === "discard") return readOnly ? "read-only" : undefined;
    return operation === "write" && readOnly ? "read-only" : undefined;
  }

  #transfer(request: Request): BlockStatus {
    const disk = this.#disk;
    const { operation, sector, count } = request;
    const { readErrorRate = 0, writeErrorRate = 0, flushErrorRate = 0, discards } = disk.options;
    const { sectorBytes } = this.info;
    const isWrite = operation === "write" || operation === "discard";
    const rate = isWrite ? writeErrorRate : operation === "read" ? readErrorRate : flushErrorRate;
    if (disk.random.chance(rate)) {
      disk.counters.errors++;
      return "io-error";
    }
    if (operation === "read") {
      disk.counters.reads++;
      disk.read(sector, this.#memory.bytes, request.offset, count * sectorBytes);
    } else if (operation === "flush") {
      disk.counters.flushes++;
      disk.flush(request.writesBefore);
    } else if (operation === "write") {
      disk.counters.writes++;
      disk.write(sector, this.#data(request));
    } else if (discards === true) {
      disk.write(sector, new Uint8Array(count * sectorBytes));
    }
    return "ok";
  }

  #data({ offset, count }: Request): Uint8Array {
    return this.#memory.bytes.slice(offset, offset + count * this.info.sectorBytes);
  }

  #announce(): void {
    if (this.#isAnnounced || this.#handler === undefined) return;
    this.#isAnnounced = true;
    this.#disk.world.at(this.#disk.world.nowUs, this.#readyEvent);
  }

  readonly #readyEvent: SimEvent = {
    isHandler: true,
    isStale: () => this.#isOff,
    run: () => {
      this.#isAnnounced = false;
      this.#handler?.();
    },
  };
}
