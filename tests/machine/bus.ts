/** Registers in memory, and ports: who answers where, and what a driver must not do there. */
import type { Mmio, Ports } from "../../libos/hal/mod.ts";

export type Width = 1 | 2 | 4;

/** Something with registers. */
export interface RegisterBlock {
  read(offset: number, width: Width): number;
  write(offset: number, width: Width, value: number): void;
}

/** A range of the bus. A PCI function moves and hides its own, so both are asked for each time. */
export interface BusRange {
  readonly address: number;
  readonly length: number;
  readonly isEnabled: boolean;
  readonly block: RegisterBlock;
}

/** What `map` returns is not the address, so that nobody takes the one for the other. */
const BASE_SHIFT = 2 ** 45;
const PAGE_BYTES = 4096;

export function ones(width: Width): number {
  return 2 ** (8 * width) - 1;
}

export class EmulatedMmio implements Mmio {
  readonly #ranges: BusRange[] = [];
  readonly #mapped: { readonly start: number; readonly end: number }[] = [];
  readonly #report: (what: string) => void;

  constructor(report: (what: string) => void) {
    this.#report = report;
  }

  add(range: BusRange): void {
    this.#ranges.push(range);
  }

  map(address: number, length: number): number {
    const start = Math.floor(address / PAGE_BYTES) * PAGE_BYTES;
    const end = Math.ceil((address + length) / PAGE_BYTES) * PAGE_BYTES;
    const isThere = this.#ranges.some(
      (range) => address < range.address + range.length && address + length > range.address,
    );
    if (!isThere || !(length > 0)) throw new RangeError(`nothing answers at ${address}`);
    this.#mapped.push({ start, end });
    return address + BASE_SHIFT;
  }

  read8(at: number): number {
    return this.#read(at, 1);
  }
  read16(at: number): number {
    return this.#read(at, 2);
  }
  read32(at: number): number {
    return this.#read(at, 4);
  }
  write8(at: number, value: number): void {
    this.#write(at, 1, value);
  }
  write16(at: number, value: number): void {
    this.#write(at, 2, value);
  }
  write32(at: number, value: number): void {
    this.#write(at, 4, value);
  }

  #read(at: number, width: Width): number {
    const range = this.#find(at, width);
    return range === undefined
      ? ones(width)
      : range.block.read(at - BASE_SHIFT - range.address, width);
  }

  #write(at: number, width: Width, value: number): void {
    if (!Number.isInteger(value) || value < 0 || value > ones(width)) {
      this.#report(`${value} is written to a register of ${width} bytes`);
    }
    const range = this.#find(at, width);
    range?.block.write(at - BASE_SHIFT - range.address, width, value);
  }

  #find(at: number, width: Width): BusRange | undefined {
    const address = at - BASE_SHIFT;
    const isMapped = this.#mapped.some(
      ({ start, end }) => address >= start && address + width <= end,
    );
    if (!isMapped) this.#report(`register ${at} was not mapped`);
    if (address % width !== 0) this.#report(`register ${at} is not aligned to ${width}`);
    const range = this.#ranges.find(
      (each) => address >= each.address && address + width <= each.address + each.length,
    );
    if (range === undefined || !range.isEnabled) {
      if (isMapped) this.#report(`nobody answers at 0x${address.toString(16)}`);
      return undefined;
    }
    return range;
  }
}

/** Ports by their first number; each block has 8 of them. */
export class EmulatedPorts implements Ports {
  readonly #blocks = new Map<number, RegisterBlock>();

  add(port: number, length: number, block: RegisterBlock): void {
    for (let offset = 0; offset < length; offset++) {
      this.#blocks.set(port + offset, {
        read: (at, width) => block.read(offset + at, width),
        write: (at, width, value) => block.write(offset + at, width, value),
      });
    }
  }

  in8(port: number): number {
    return this.#blocks.get(port)?.read(0, 1) ?? ones(1);
  }
  in16(port: number): number {
    return this.#blocks.get(port)?.read(0, 2) ?? ones(2);
  }
  in32(port: number): number {
    return this.#blocks.get(port)?.read(0, 4) ?? ones(4);
  }
  out8(port: number, value: number): void {
    this.#blocks.get(port)?.write(0, 1, value);
  }
  out16(port: number, value: number): void {
    this.#blocks.get(port)?.write(0, 2, value);
  }
  out32(port: number, value: number): void {
    this.#blocks.get(port)?.write(0, 4, value);
  }
}
