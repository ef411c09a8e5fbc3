/** Memory for DMA of the emulated machine, and who may reach what of it. */
import type { Dma } from "../../libos/hal/mod.ts";
import type { Slab } from "../../host-adapters/shared/slab.ts";
import type { PacketMemory } from "../../libos/hal/mod.ts";

/** Where devices find the slab, and the tables: above 4 GiB, so that both halves of an address matter. */
const SLAB_ADDRESS = 0x2_4000_0000;
const TABLES_ADDRESS = 0x3_8000_0000;
const ENTRY_BYTES = 16;
const POOLS_MAX = 64;
const RANGES_MAX = 64;
const PAGE_BYTES = 4096;
/** What memory holds that a driver has given back. */
const POISON = 0xdd;
/** Barriers in one job after which the machine takes it that somebody polls. */
const POLLING_BARRIERS = 32;

/** Memory of a pool, in the slab. */
interface Owned {
  readonly pool: number;
  readonly offset: number;
  readonly length: number;
}

/** A table: entries of the hidden memory. */
interface Table {
  readonly pool: number;
  readonly first: number;
  readonly count: number;
}

/** A place in one of the two memories. */
export interface Place {
  readonly bytes: Uint8Array;
  readonly at: number;
}

export class EmulatedDma implements Dma {
  /** Called for what a driver must not do, and the contract leaves open. */
  readonly #report: (what: string) => void;
  readonly #bytes: Uint8Array;
  readonly #pool: PacketMemory;
  readonly #region: PacketMemory;
  readonly #owned: Owned[] = [];
  /** By number; those of closed pools are undefined. */
  readonly #tables: (Table | undefined)[] = [];
  readonly #tableBytes: Uint8Array;
  readonly #tableView: DataView;
  readonly #pools = new Set<number>();
  readonly #onPolling: () => void;
  #barriers = 0;
  /** Microseconds that polling took: each barrier is one. */
  spentUs = 0;

  constructor(
    slab: Slab,
    pool: PacketMemory,
    region: PacketMemory,
    report: (what: string) => void,
    onPolling: () => void,
  ) {
    this.#bytes = slab.bytes;
    this.#pool = pool;
    this.#region = region;
    this.#report = report;
    this.#onPolling = onPolling;
    this.#tableBytes = new Uint8Array(pool.regionBytes / 4);
    this.#tableView = new DataView(this.#tableBytes.buffer);
  }

  /** A table's memory, for tests that play a device, or a driver that could reach it. */
  tableBytes(table: number): Uint8Array {
    const { first, count } = this.#tables[table]!;
    return this.#tableBytes.subarray(first * ENTRY_BYTES, (first + count) * ENTRY_BYTES);
  }

  /** Bytes that drivers hold. */
  get usedBytes(): number {
    return this.#owned.reduce((sum, { length }) => sum + length, 0);
  }

  openPool(): number {
    for (let pool = 1; pool <= POOLS_MAX; pool++) {
      if (this.#pools.has(pool)) continue;
      this.#pools.add(pool);
      return pool;
    }
    throw new RangeError("too many pools are open");
  }

  closePool(pool: number): void {
    this.#check(pool);
    this.#pools.delete(pool);
    for (const owned of this.#owned.splice(0)) {
      if (owned.pool !== pool) this.#owned.push(owned);
      else this.#bytes.fill(POISON, owned.offset, owned.offset + owned.length);
    }
    for (const [number, table] of this.#tables.entries()) {
      if (table?.pool !== pool) continue;
      const start = table.first * ENTRY_BYTES;
      this.#tableBytes.fill(POISON, start, start + table.count * ENTRY_BYTES);
      this.#tables[number] = undefined;
    }
  }

  allocate(pool: number, length: number, alignment: number): number {
    this.#check(pool);
    if (!(alignment >= 16 && alignment <= 65_536 && Number.isInteger(Math.log2(alignment)))) {
      throw new RangeError(`an alignment of ${alignment}`);
    }
    if (!(Number.isInteger(length) && length >= 0)) throw new RangeError(`${length} bytes`);
    const bytes = Math.ceil(length / PAGE_BYTES) * PAGE_BYTES;
    const step = Math.max(alignment, PAGE_BYTES);
    const end = this.#pool.regionOffset + this.#pool.regionBytes;
    let offset = Math.ceil(this.#pool.regionOffset / step) * step;
    if (length === 0) return -1;
    for (; offset + bytes <= end; offset += step) {
      const isFree = this.#owned.every(
        (owned) => offset >= owned.offset + owned.length || offset + bytes <= owned.offset,
      );
      if (!isFree) continue;
      this.#owned.push({ pool, offset, length: bytes });
      this.#bytes.fill(0, offset, offset + bytes);
      return offset;
    }
    return -1;
  }

  address(pool: number, offset: number, length: number): number {
    this.#check(pool);
    if (!this.#isReachable(pool, offset, length)) {
      throw new RangeError(`${offset} + ${length} is neither the driver's nor the system's`);
    }
    return SLAB_ADDRESS + offset;
  }

  createTable(pool: number, count: number): number {
    this.#check(pool);
    const end = Math.max(
      0,
      ...this.#tables.map((table) => (table ? table.first + table.count : 0)),
    );
    if (count < 1 || (end + count) * ENTRY_BYTES > this.#tableBytes.length) return -1;
    this.#tableBytes.fill(0, end * ENTRY_BYTES, (end + count) * ENTRY_BYTES);
    return this.#tables.push({ pool, first: end, count }) - 1;
  }

  tableAddress(table: number): number {
    return TABLES_ADDRESS + this.#entry(table, 0, 1);
  }

  describe(table: number, index: number, offset: number, length: number, word: number): void {
    const at = this.#entry(table, index, 1);
    this.#write(at, this.address(this.#tables[table]!.pool, offset, length), length, word);
  }

  describeAll(
    table: number,
    index: number,
    offsets: Int32Array,
    lengths: Int32Array,
    count: number,
    word: number,
    step: number,
  ): void {
    const at = this.#entry(table, index, count);
    const { pool } = this.#tables[table]!;
    if (!(count <= RANGES_MAX && count <= offsets.length && count <= lengths.length)) {
      throw new RangeError(`${count} ranges`);
    }
    const addresses = Array.from({ length: count }, (_, each) =>
      this.address(pool, offsets[each]!, lengths[each]!),
    );
    for (const [each, address] of addresses.entries()) {
      const last = each === count - 1;
      this.#write(at + each * ENTRY_BYTES, address, lengths[each]!, last ? 0 : word + each * step);
    }
  }

  link(
    table: number,
    index: number,
    target: number,
    first: number,
    count: number,
    word: number,
  ): void {
    const at = this.#entry(table, index, 1);
    const to = this.#entry(target, first, count);
    if (this.#tables[table]!.pool !== this.#tables[target]!.pool) {
      throw new RangeError("a table of another driver");
    }
    this.#write(at, TABLES_ADDRESS + to, count * ENTRY_BYTES, word);
  }

  readWord(table: number, index: number, which: 2 | 3): number {
    return this.#tableView.getUint32(this.#entry(table, index, 1) + 4 * which, true);
  }

  writeWord(table: number, index: number, word: number): void {
    this.#tableView.setUint32(this.#entry(table, index, 1) + 12, word, true);
  }

  /** A driver that polls lets its devices work meanwhile, as they do on a machine. */
  barrier(): void {
    this.spentUs++;
    if (++this.#barriers < POLLING_BARRIERS) return;
    this.#barriers = 0;
    this.#onPolling();
  }

  /** A new job begins. */
  beginJob(): void {
    this.#barriers = 0;
  }

  /** @returns Where an address of a device lies; undefined where no driver's device may reach. */
  place(address: number, length: number): Place | undefined {
    const hidden = address - TABLES_ADDRESS;
    const inTable = this.#tables.some(
      (table) =>
        table !== undefined &&
        hidden >= table.first * ENTRY_BYTES &&
        hidden + length <= (table.first + table.count) * ENTRY_BYTES,
    );
    if (inTable) return { bytes: this.#tableBytes, at: hidden };
    const offset = address - SLAB_ADDRESS;
    for (const pool of this.#pools) {
      if (this.#isReachable(pool, offset, length)) return { bytes: this.#bytes, at: offset };
    }
    return undefined;
  }

  #check(pool: number): void {
    if (!this.#pools.has(pool)) throw new RangeError(`pool ${pool} is not open`);
  }

  /** @returns Where `count` descriptors begin in the hidden memory. */
  #entry(table: number, index: number, count: number): number {
    const found = this.#tables[table];
    const isThere = found !== undefined && index >= 0 && count >= 1 && index + count <= found.count;
    if (!isThere || !Number.isInteger(index) || !Number.isInteger(count)) {
      throw new RangeError(`descriptors ${index} + ${count} of table ${table}`);
    }
    return (found.first + index) * ENTRY_BYTES;
  }

  #write(at: number, address: number, length: number, word: number): void {
    if (word < 0 || word >= 2 ** 32) this.#report(`a word of ${word}`);
    this.#tableView.setUint32(at, address % 2 ** 32, true);
    this.#tableView.setUint32(at + 4, Math.floor(address / 2 ** 32), true);
    this.#tableView.setUint32(at + 8, length, true);
    this.#tableView.setUint32(at + 12, word, true);
  }

  #isReachable(pool: number, offset: number, length: number): boolean {
    if (!(Number.isInteger(offset) && Number.isInteger(length) && length >= 0 && offset >= 0)) {
      return false;
    }
    const { regionOffset, regionBytes } = this.#region;
    if (offset >= regionOffset && offset + length <= regionOffset + regionBytes) return true;
    return this.#owned.some(
      (owned) =>
        owned.pool === pool &&
        offset >= owned.offset &&
        offset + length <= owned.offset + owned.length,
    );
  }
}

/** Memory as a device reaches it. What it must not reach is reported and reads as zero. */
export class DeviceMemory {
  readonly #dma: EmulatedDma;
  readonly #report: (what: string) => void;

  constructor(dma: EmulatedDma, report: (what: string) => void) {
    this.#dma = dma;
    this.#report = report;
  }

  read16(address: number): number {
    return this.#view(address, 2)?.getUint16(0, true) ?? 0;
  }

  read32(address: number): number {
    return this.#view(address, 4)?.getUint32(0, true) ?? 0;
  }

  /** An address of 8 bytes; what is beyond 2^53 is out of reach all the same. */
  readAddress(address: number): number {
    return this.read32(address) + this.read32(address + 4) * 2 ** 32;
  }

  write16(address: number, value: number): void {
    this.#view(address, 2)?.setUint16(0, value, true);
  }

  write32(address: number, value: number): void {
    this.#view(address, 4)?.setUint32(0, value, true);
  }

  /** @returns A view; of nothing, where the range is out of reach. */
  range(address: number, length: number): Uint8Array {
    const place = this.#place(address, length);
    return place?.bytes.subarray(place.at, place.at + length) ?? new Uint8Array(0);
  }

  /** @returns Whether a driver may publish the range. */
  reaches(address: number, length: number): boolean {
    return this.#dma.place(address, length) !== undefined;
  }

  #view(address: number, length: number): DataView | undefined {
    const place = this.#place(address, length);
    if (place === undefined) return undefined;
    return new DataView(place.bytes.buffer, place.bytes.byteOffset + place.at, length);
  }

  #place(address: number, length: number): Place | undefined {
    const place = this.#dma.place(address, length);
    if (place === undefined)
      this.#report(`a device was sent to 0x${address.toString(16)} + ${length}`);
    return place;
  }
}
