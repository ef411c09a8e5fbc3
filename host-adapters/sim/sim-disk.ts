/**
 * A simulated disk: seeded errors and latencies, requests that complete out of order, and a cache
 * that loses what was not flushed when power fails.
 *
 * What always holds: `#current` is what a read sees; `#durable` is what a power cut cannot take;
 * `#cached` are the writes between the two, in the order of their completion.
 */
import type {
  BlockDevice,
  BlockDeviceInfo,
  BlockOperation,
  BlockStatus,
  PacketMemory,
} from "../../libos/hal/mod.ts";
import { checkRange } from "../shared/packet-range.ts";
import type { Random } from "../shared/random.ts";
import { SectorStore } from "./sector-store.ts";
import type { SimEvent, World } from "./world.ts";
import { hashBytes } from "./world-trace.ts";

/** How a disk is made. Rates are probabilities for each request. */
export interface SimDiskOptions {
  /** Unique in its world: it names the disk in traces and random streams. */
  readonly name: string;
  /** Default 512. */
  readonly sectorBytes?: 512 | 4096;
  readonly sectorCount: number;
  readonly readOnly?: boolean;
  readonly discards?: boolean;
  /** The request takes this long, and up to `jitterUs` more. Defaults 100 and 50. */
  readonly latencyUs?: number;
  readonly jitterUs?: number;
  readonly readErrorRate?: number;
  readonly writeErrorRate?: number;
  readonly flushErrorRate?: number;
  /** The probability that a write which was not flushed survives a power cut. Default 0.5. */
  readonly survivalRate?: number;
  /**
   * The probability that a write which survives is torn: only some of its sectors are written, and
   * with `mixedSectors` one sector is old in its one half and new in the other. Default 0.3.
   */
  readonly tornRate?: number;
  readonly mixedSectors?: boolean;
  /** Bytes of writes that wait for a flush; beyond it the oldest become durable. Default 16 MiB. */
  readonly cacheBytes?: number;
  /** False: the disk has no `transferSync`. Default true. */
  readonly sync?: boolean;
  /** Default 256 sectors in a request, 64 requests. */
  readonly maxRequestSectors?: number;
  readonly queueRequests?: number;
}

/** What a disk has counted. */
export interface SimDiskCounters {
  reads: number;
  writes: number;
  flushes: number;
  errors: number;
  /** At power cuts: writes that were lost, and that were torn. */
  lostWrites: number;
  tornWrites: number;
}

/** A disk of a world; it outlives the systems that use it, one after another. */
export interface SimDisk {
  readonly name: string;
  readonly info: BlockDeviceInfo;
  readonly counters: Readonly<SimDiskCounters>;
  /** Gives the disk to a system; `createHal` calls it. @throws Error while another has it. */
  attach(memory: PacketMemory, system: string): BlockDevice;
  /** Takes the disk from its system in good order: accepted requests take effect. */
  detach(): void;
  /** Cuts the power: requests under way and unflushed writes survive, are torn, or are lost. */
  crash(): void;
  /** What a read would see: `u8[count * sectorBytes]`. */
  contents(sector: number, count: number): Uint8Array;
  /** Writes durably from outside of the simulation: an image to start from. */
  load(sector: number, bytes: Uint8Array): void;
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

interface CachedWrite {
  readonly sector: number;
  readonly bytes: Uint8Array;
}

class Disk implements SimDisk {
  readonly name: string;
  readonly info: BlockDeviceInfo;
  readonly options: SimDiskOptions;
  readonly counters: SimDiskCounters = {
    reads: 0,
    writes: 0,
    flushes: 0,
    errors: 0,
    lostWrites: 0,
    tornWrites: 0,
  };
  readonly world: World;
  readonly random: Random;
  readonly #crashRandom: Random;
  readonly #current = new SectorStore();
  readonly #durable = new SectorStore();
  readonly #cached: CachedWrite[] = [];
  #cachedBytes = 0;
  /** Writes that left `#cached` so far: position 0 of the list is write number `#durableWrites`. */
  #durableWrites = 0;
  #device: DiskDevice | undefined;

  constructor(world: World, options: SimDiskOptions) {
    this.world = world;
    this.options = options;
    this.name = options.name;
    this.random = world.random(`${options.name}.requests`);
    this.#crashRandom = world.random(`${options.name}.crash`);
    this.info = {
      name: options.name,
      sectorBytes: options.sectorBytes ?? 512,
      sectorCount: options.sectorCount,
      readOnly: options.readOnly ?? false,
      discards: options.discards ?? false,
      maxRequestSectors: options.maxRequestSectors ?? 256,
      queueRequests: options.queueRequests ?? 64,
    };
  }

  get completedWrites(): number {
    return this.#durableWrites + this.#cached.length;
  }

  attach(memory: PacketMemory, system: string): BlockDevice {
    if (this.#device !== undefined) throw new Error(`${this.name} belongs to another system`);
    this.#device = new DiskDevice(this, memory, `${system}.${this.name}`);
    return this.#device;
  }

  detach(): void {
    this.#device?.finish();
    this.#device = undefined;
  }

  crash(): void {
    const underWay = this.#device?.abandon() ?? [];
    this.#device = undefined;
    for (const write of [...this.#cached, ...underWay]) this.#crashWrite(write);
    this.#cached.length = 0;
    this.#cachedBytes = 0;
    this.#current.assign(this.#durable);
    const { lostWrites, tornWrites } = this.counters;
    this.world.trace(this.name, "crash", { lostWrites, tornWrites });
  }

  contents(sector: number, count: number): Uint8Array {
    const bytes = new Uint8Array(count * this.info.sectorBytes);
    this.#current.read(sector * this.info.sectorBytes, bytes, 0, bytes.length);
    return bytes;
  }

  load(sector: number, bytes: Uint8Array): void {
    this.#current.write(sector * this.info.sectorBytes, bytes);
    this.#durable.write(sector * this.info.sectorBytes, bytes);
  }

  read(sector: number, target: Uint8Array, offset: number, length: number): void {
    this.#current.read(sector * this.info.sectorBytes, target, offset, length);
  }

  write(sector: number, bytes: Uint8Array): void {
    this.#current.write(sector * this.info.sectorBytes, bytes);
    this.#cached.push({ sector, bytes });
    this.#cachedBytes += bytes.length;
    const limit = this.options.cacheBytes ?? 16 * 2 ** 20;
    while (this.#cachedBytes > limit) this.#makeDurable(1);
  }

  /** Makes the first `writes` writes (counted since the disk was made) durable. */
  flush(writes: number): void {
    this.#makeDurable(Math.max(0, writes - this.#durableWrites));
  }

  #makeDurable(count: number): void {
    for (const { sector, bytes } of this.#cached.splice(0, count)) {
      this.#durable.write(sector * this.info.sectorBytes, bytes);
      this.#cachedBytes -= bytes.length;
      this.#durableWrites++;
    }
  }

  /** What is left of a write that was not flushed: all, nothing, or a part of it. */
  #crashWrite({ sector, bytes }: CachedWrite): void {
    const random = this.#crashRandom;
    const { survivalRate = 0.5, tornRate = 0.3, mixedSectors = false } = this.options;
    const { sectorBytes } = this.info;
    if (!random.chance(survivalRate)) {
      this.counters.lostWrites++;
      return;
    }
    if (!random.chance(tornRate)) {
      this.#durable.write(sector * sectorBytes, bytes);
      return;
    }
    this.counters.tornWrites++;
    for (let at = 0; at < bytes.length; at += sectorBytes) {
      if (!random.chance(0.5)) continue;
      this.#durable.write(sector * sectorBytes + at, bytes.subarray(at, at + sectorBytes));
    }
    if (!mixedSectors) return;
    const mixed = random.below(bytes.length / sectorBytes) * sectorBytes;
    const half = bytes.subarray(mixed, mixed + sectorBytes / 2);
    this.#durable.write(sector * sectorBytes + mixed, half);
  }
}

/** The disk as one system sees it. */
class DiskDevice implements BlockDevice {
  readonly info: BlockDeviceInfo;
  readonly #disk: Disk;
  readonly #memory: PacketMemory;
  readonly #name: string;
  readonly #underWay = new Set<Request>();
  readonly #completed: [number, BlockStatus][] = [];
  #handler: (() => void) | undefined;
  #isAnnounced = false;
  #wantsRoom = false;
  #isOff = false;
  readonly transferSync?: NonNullable<BlockDevice["transferSync"]>;

  constructor(disk: Disk, memory: PacketMemory, name: string) {
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
  abandon(): CachedWrite[] {
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

/** Makes a disk that is all zero. */
export function createSimDisk(world: World, options: SimDiskOptions): SimDisk {
  return new Disk(world, options);
}
