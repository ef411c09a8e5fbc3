/** A virtqueue from the device's side (virtio 1.3, 2.7 and 2.8), which holds the driver to the rules. */
import type { Random } from "../../../host-adapters/shared/random.ts";
import type { DeviceMemory } from "../dma.ts";

/** One part of a buffer. */
export interface Part {
  readonly address: number;
  readonly length: number;
  readonly isWritable: boolean;
}

/** A buffer that the driver has made available. */
export interface Chain {
  /** Head descriptor, or buffer identifier. */
  readonly id: number;
  readonly parts: readonly Part[];
  /** Descriptors in the ring itself. */
  readonly descriptorCount: number;
  readonly readableBytes: number;
  readonly writableBytes: number;
  /** Of all bytes, when it was made available: nobody may change them until it is used. */
  readonly digest: number;
}

export interface QueueSetup {
  readonly size: number;
  readonly descriptors: number;
  readonly driver: number;
  readonly device: number;
  readonly hasIndirect: boolean;
  readonly hasEventIndex: boolean;
}

const DESC = { NEXT: 1, WRITE: 2, INDIRECT: 4 } as const;
const DESC_BYTES = 16;
/** Longer parts are sampled. */
const DIGEST_BYTES = 256;

export abstract class DeviceQueue {
  readonly index: number;
  readonly setup: QueueSetup;
  readonly memory: DeviceMemory;
  readonly inFlight: Map<number, Chain> = new Map();
  /** From the first fault on, what looks like the driver's mistake may be our own doing. */
  isHostile = false;
  readonly #report: (what: string) => void;

  constructor(
    index: number,
    setup: QueueSetup,
    memory: DeviceMemory,
    report: (what: string) => void,
  ) {
    this.index = index;
    this.setup = setup;
    this.memory = memory;
    this.#report = report;
  }

  /** Takes the next available buffer. */
  abstract take(): Chain | undefined;
  /** Writes a used element for `id`; `count` descriptors of the ring are passed over. */
  abstract writeUsed(id: number, length: number, count: number): void;
  /** Asks the driver to notify when the next buffer is available. */
  abstract askForNotification(): void;
  abstract refuseNotifications(): void;
  /** @returns Whether the driver wants an interrupt for what was used since the last call. */
  abstract takeInterruptWish(): boolean;
  /** Claims that hundreds of buffers were used. */
  abstract jump(): void;

  violation(what: string): void {
    if (!this.isHostile) this.#report(`queue ${this.index}: ${what}`);
  }

  /** The driver must not have touched the buffer since it was made available. */
  verify(chain: Chain): void {
    if (this.digest(chain.parts) !== chain.digest) {
      this.violation(`buffer ${chain.id} was changed while the device owned it`);
    }
  }

  /** The bytes that the device reads. */
  readAll(chain: Chain): Uint8Array {
    const bytes = new Uint8Array(chain.readableBytes);
    let at = 0;
    for (const { address, length, isWritable } of chain.parts) {
      if (isWritable) continue;
      bytes.set(this.memory.range(address, length), at);
      at += length;
    }
    return bytes;
  }

  /** Writes from the start of the writable parts. @returns The bytes that had room. */
  writeAll(chain: Chain, bytes: Uint8Array): number {
    let at = 0;
    for (const { address, length, isWritable } of chain.parts) {
      if (!isWritable || at >= bytes.length) continue;
      const count = Math.min(length, bytes.length - at);
      this.memory.range(address, count).set(bytes.subarray(at, at + count));
      at += count;
    }
    return at;
  }

  /** Noise over all rings; a table of descriptors becomes one loop. */
  scribble(random: Random): void {
    const { descriptors, driver, device, size } = this.setup;
    for (let index = 0; index < size; index++) {
      const at = descriptors + DESC_BYTES * index;
      this.memory.write32(at, random.u32());
      this.memory.write32(at + 8, random.u32());
      this.memory.write32(at + 12, DESC.NEXT | (((index + 1) % size) << 16));
    }
    random.fill(this.memory.range(driver, 4));
    random.fill(this.memory.range(device, 4));
  }

  digest(parts: readonly Part[]): number {
    let hash = 0x811c9dc5;
    for (const { address, length } of parts) {
      const bytes = this.memory.range(address, length);
      const step = Math.max(1, Math.floor(bytes.length / DIGEST_BYTES));
      for (let at = 0; at < bytes.length; at += step) {
        hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
      }
    }
    return hash;
  }

  /** Parts of an indirect table; in a packed ring they follow one another (2.8.7). */
  readTable(address: number, length: number, isPacked: boolean): Part[] {
    if (!this.setup.hasIndirect) this.violation("an indirect table that was not negotiated");
    const count = length / DESC_BYTES;
    if (!Number.isInteger(count) || count < 1 || count > this.setup.size) {
      this.violation(`an indirect table of ${length} bytes`);
      return [];
    }
    if (!this.memory.reaches(address, length)) this.violation("an indirect table out of reach");
    const parts: Part[] = [];
    let index = 0;
    while (parts.length < count) {
      const at = address + DESC_BYTES * index;
      const flags = this.memory.read16(at + (isPacked ? 14 : 12));
      parts.push(this.readPart(at, flags));
      if ((flags & DESC.INDIRECT) !== 0) this.violation("a table in a table");
      if (isPacked) {
        if ((flags & ~DESC.WRITE) !== 0) this.violation(`flags ${flags} in a table`);
        index++;
        continue;
      }
      if ((flags & DESC.NEXT) === 0) return parts;
      index = this.memory.read16(at + 14);
      if (index >= count) {
        this.violation(`entry ${index} of a table of ${count}`);
        return parts;
      }
    }
    if (!isPacked) this.violation("a table whose chain does not end");
    return parts;
  }

  readPart(at: number, flags: number): Part {
    const isWritable = (flags & DESC.WRITE) !== 0;
    return { address: this.memory.readAddress(at), length: this.memory.read32(at + 8), isWritable };
  }

  /** Holds a buffer to the rules, and remembers it. */
  accept(id: number, described: readonly Part[], descriptorCount: number): Chain {
    const parts: Part[] = [];
    if (this.inFlight.has(id)) this.violation(`buffer ${id} is available twice`);
    let readableBytes = 0;
    let writableBytes = 0;
    for (const part of described) {
      const { address, length, isWritable } = part;
      if (length === 0) this.violation("a part of no bytes");
      if (!this.memory.reaches(address, length)) {
        this.violation(`a part at 0x${address.toString(16)} + ${length} is not the driver's`);
        continue;
      }
      parts.push(part);
      if (isWritable) writableBytes += length;
      else if (writableBytes > 0) this.violation("a part to read behind one to write (2.7.4.2)");
      else readableBytes += length;
    }
    const digest = this.digest(parts);
    const chain = { id, parts, descriptorCount, readableBytes, writableBytes, digest };
    this.inFlight.set(id, chain);
    return chain;
  }
}
