import type { PciSpace } from "../../libos/hal/mod.ts";
import { BAR, COMMAND, PCI } from "./wire.ts";

/** A range of the bus that belongs to a function. */
export interface PciBar {
  readonly kind: "memory" | "io";
  readonly address: number;
  /** A power of two. */
  readonly length: number;
}

const BAR_COUNT = 6;
const HIGH = 0x1_0000_0000;

/**
 * Reads the base address registers and asks for their sizes (PCI Local Bus 3.0, 6.2.5.1). The function
 * answers no access meanwhile: once for all of them, since where a hypervisor is the machine, each
 * change of what a function answers to is much work.
 *
 * @param set Bits that the command register gets, as soon as all are read.
 * @returns By index, 0 .. 5. Undefined for a register that is not there, has no address, is the upper
 *   half of another one, or says what cannot be.
 */
export function readBars(space: PciSpace, address: number, set: number): (PciBar | undefined)[] {
  const command = space.read16(address, PCI.COMMAND);
  space.write16(address, PCI.COMMAND, command & ~(COMMAND.IO_MASK | COMMAND.MEMORY_MASK));
  const bars: (PciBar | undefined)[] = [];
  while (bars.length < BAR_COUNT) {
    const index = bars.length;
    const low = space.read32(address, PCI.BAR_0 + 4 * index);
    bars.push(sizeBar(space, address, index, low));
    if (isWide(low)) bars.push(undefined);
  }
  space.write16(address, PCI.COMMAND, command | set);
  return bars;
}

/** @param low The register, which is as it was afterwards. */
function sizeBar(space: PciSpace, address: number, index: number, low: number): PciBar | undefined {
  // Not there, or a range without an address.
  if (low === 0) return undefined;
  const register = PCI.BAR_0 + 4 * index;
  const isIo = (low & BAR.IO_MASK) !== 0;
  const is64 = isWide(low);
  if (is64 && index === BAR_COUNT - 1) return undefined;
  const high = is64 ? space.read32(address, register + 4) : 0;
  const sizeLow = sizeBits(space, address, register, low);
  const sizeHigh = is64 ? sizeBits(space, address, register + 4, high) : 0xffff_ffff;
  const flags = isIo ? BAR.IO_FLAGS_MASK : BAR.MEMORY_FLAGS_MASK;
  const length = isIo ? ioLength(sizeLow) : memoryLength((sizeLow & ~flags) >>> 0, sizeHigh);
  const start = high * HIGH + ((low & ~flags) >>> 0);
  if (start === 0 || length < 4 || !isPowerOfTwo(length)) return undefined;
  const isAligned = Math.floor(start / length) * length === start;
  if (!isAligned || start + length > Number.MAX_SAFE_INTEGER) return undefined;
  return { kind: isIo ? "io" : "memory", address: start, length };
}

/** By bits, since logarithms are slow where they are computed for the first time. */
function isPowerOfTwo(length: number): boolean {
  if (length >= HIGH) return length % HIGH === 0 && isPowerOfTwo(length / HIGH);
  return (length & -length) >>> 0 === length;
}

function isWide(low: number): boolean {
  return (low & (BAR.IO_MASK | BAR.TYPE_MASK)) === BAR.TYPE_64;
}

/** Writes ones and reads what sticks; then the old value is back. */
function sizeBits(space: PciSpace, address: number, register: number, old: number): number {
  space.write32(address, register, 0xffff_ffff);
  const bits = space.read32(address, register);
  space.write32(address, register, old);
  return bits;
}

/** @returns The range's length for the bits that stuck; 0 where none did. */
function memoryLength(low: number, high: number): number {
  if (high === 0xffff_ffff) return HIGH - low;
  return low === 0 && high !== 0 ? (HIGH - high) * HIGH : 0;
}

/** An I/O register may leave its upper 16 bits at zero. */
function ioLength(bits: number): number {
  const mask = bits & ~BAR.IO_FLAGS_MASK & 0xffff;
  return mask === 0 ? 0 : 0x1_0000 - mask;
}
