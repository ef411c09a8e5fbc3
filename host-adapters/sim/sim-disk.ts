/**
 * A simulated disk: seeded errors and latencies, requests that complete out of order, and a cache
 * that loses what was not flushed when power fails.
 *
 * What always holds: `#current` is what a read sees; `#durable` is what a power cut cannot take;
 * `#cached` are the writes between the two, in the order of their completion.
 */
import type { BlockDevice, BlockDeviceInfo, PacketMemory } from "../../libos/hal/mod.ts";
import type { Random } from "../shared/random.ts";
import { SectorStore } from "./sector-store.ts";
import { DiskDevice, type DiskWrite, type Medium } from "./sim-disk-device.ts";
import type { World } from "./world.ts";

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

class Disk implements SimDisk, Medium {
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
  readonly #cached: DiskWrite[] = [];
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
  #crashWrite({ sector, bytes }: DiskWrite): void {
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

/** Makes a disk that is all zero. */
export function createSimDisk(world: World, options: SimDiskOptions): SimDisk {
  return new Disk(world, options);
}
