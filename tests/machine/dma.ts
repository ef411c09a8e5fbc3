/** Memory for DMA of the emulated machine, and who may reach what of it. */
import type { Dma } from "../../libos/hal/mod.ts";
import type { Slab } from "../../host-adapters/shared/slab.ts";
import type { PacketMemory } from "../../libos/hal/mod.ts";

/** Where devices find the slab: above 4 GiB, so that both halves of an address matter. */
const SLAB_ADDRESS = 0x2_4000_0000;
const PAGE_BYTES = 4096;
/** What memory holds that a driver has given back. */
const POISON = 0xdd;
/** Barriers in one job after which the machine takes it that somebody polls. */
const POLLING_BARRIERS = 32;

export class EmulatedDma implements Dma {
  /** Called for what a driver must not do. */
  readonly #report: (what: string) => void;
  readonly #bytes: Uint8Array;
  readonly #pool: PacketMemory;
  readonly #region: PacketMemory;
  /** Length by offset. */
  readonly #ranges = new Map<number, number>();
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
  }

  /** Bytes that drivers hold. */
  get usedBytes(): number {
    return [...this.#ranges.values()].reduce((sum, length) => sum + length, 0);
  }

  allocate(length: number, alignment: number): number {
    if (!(alignment >= 16 && alignment <= 65_536 && Number.isInteger(Math.log2(alignment)))) {
      throw new RangeError(`an alignment of ${alignment}`);
    }
    const bytes = Math.ceil(length / PAGE_BYTES) * PAGE_BYTES;
    const step = Math.max(alignment, PAGE_BYTES);
    const end = this.#pool.regionOffset + this.#pool.regionBytes;
    let offset = Math.ceil(this.#pool.regionOffset / step) * step;
    for (; offset + bytes <= end; offset += step) {
      const isFree = [...this.#ranges].every(
        ([at, size]) => offset >= at + size || offset + bytes <= at,
      );
      if (!isFree) continue;
      this.#ranges.set(offset, bytes);
      this.#bytes.fill(0, offset, offset + bytes);
      return offset;
    }
    return -1;
  }

  free(offset: number, length: number): void {
    const bytes = Math.ceil(length / PAGE_BYTES) * PAGE_BYTES;
    if (this.#ranges.get(offset) !== bytes) {
      this.#report(`memory at ${offset} + ${length} is given back, and was not taken`);
      return;
    }
    this.#ranges.delete(offset);
    this.#bytes.fill(POISON, offset, offset + bytes);
  }

  address(offset: number, length: number): number {
    if (!this.#isReachable(offset, length)) {
      throw new RangeError(`${offset} + ${length} is no memory for DMA of this driver`);
    }
    return SLAB_ADDRESS + offset;
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

  /** @returns Where an address of a device lies in the slab, or -1 where it must not reach. */
  offsetOf(address: number, length: number): number {
    const offset = address - SLAB_ADDRESS;
    return this.#isReachable(offset, length) ? offset : -1;
  }

  #isReachable(offset: number, length: number): boolean {
    if (!(Number.isInteger(offset) && length >= 0 && offset >= 0)) return false;
    const { regionOffset, regionBytes } = this.#region;
    if (offset >= regionOffset && offset + length <= regionOffset + regionBytes) return true;
    for (const [at, size] of this.#ranges) {
      if (offset >= at && offset + length <= at + size) return true;
    }
    return false;
  }
}

/** Memory as a device reaches it. What it must not reach is reported and reads as zero. */
export class DeviceMemory {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #dma: EmulatedDma;
  readonly #report: (what: string) => void;

  constructor(bytes: Uint8Array, dma: EmulatedDma, report: (what: string) => void) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#dma = dma;
    this.#report = report;
  }

  read16(address: number): number {
    const at = this.#offset(address, 2);
    return at < 0 ? 0 : this.#view.getUint16(at, true);
  }

  read32(address: number): number {
    const at = this.#offset(address, 4);
    return at < 0 ? 0 : this.#view.getUint32(at, true);
  }

  /** An address of 8 bytes; what is beyond 2^53 is out of reach all the same. */
  readAddress(address: number): number {
    return this.read32(address) + this.read32(address + 4) * 2 ** 32;
  }

  write16(address: number, value: number): void {
    const at = this.#offset(address, 2);
    if (at >= 0) this.#view.setUint16(at, value, true);
  }

  write32(address: number, value: number): void {
    const at = this.#offset(address, 4);
    if (at >= 0) this.#view.setUint32(at, value, true);
  }

  /** @returns A view; of nothing, where the range is out of reach. */
  range(address: number, length: number): Uint8Array {
    const at = this.#offset(address, length);
    return at < 0 ? new Uint8Array(0) : this.#bytes.subarray(at, at + length);
  }

  /** @returns Whether a driver may publish the range. */
  reaches(address: number, length: number): boolean {
    return this.#dma.offsetOf(address, length) >= 0;
  }

  #offset(address: number, length: number): number {
    const at = this.#dma.offsetOf(address, length);
    if (at < 0) this.#report(`a device was sent to 0x${address.toString(16)} + ${length}`);
    return at;
  }
}
