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
const HIGH = 2 ** 32;

/**
 * Reads a base address register and asks for its size (PCI Local Bus 3.0, 6.2.5.1). The function
 * answers no access while it is asked.
 *
 * @param index 0 .. 5.
 * @returns Undefined for a register that is not there, has no address, or says what cannot be.
 */
export function readBar(space: PciSpace, address: number, index: number): PciBar | undefined {
  const command = stopDecoding(space, address);
  const bar = sizeBar(space, address, index);
  space.write16(address, PCI.COMMAND, command);
  return bar;
}

/**
 * Reads all base address registers, as `readBar` does one. Where a hypervisor is the machine, each
 * change of what a function answers to is much work: here it is changed twice, and not twice for each.
 *
 * @param set Bits that the command register gets, as soon as all are read.
 * @returns By index, 0 .. 5.
 */
export function readBars(space: PciSpace, address: number, set: number): (PciBar | undefined)[] {
  const command = stopDecoding(space, address);
  const bars: (PciBar | undefined)[] = [];
  for (let index = 0; index < BAR_COUNT; index++) bars.push(sizeBar(space, address, index));
  space.write16(address, PCI.COMMAND, command | set);
  return bars;
}

/** @returns What the command register was. */
function stopDecoding(space: PciSpace, address: number): number {
  const command = space.read16(address, PCI.COMMAND);
  space.write16(address, PCI.COMMAND, command & ~(COMMAND.IO_MASK | COMMAND.MEMORY_MASK));
  return command;
}

/** While the function answers no access. */
function sizeBar(space: PciSpace, address: number, index: number): PciBar | undefined {
  if (!(index >= 0 && index < BAR_COUNT) || isUpperHalf(space, address, index)) return undefined;
  const register = PCI.BAR_0 + 4 * index;
  const low = space.read32(address, register);
  // Not there, or a range without an address.
  if (low === 0) return undefined;
  const isIo = (low & BAR.IO_MASK) !== 0;
  const is64 = isWide(low);
  if (is64 && index === BAR_COUNT - 1) return undefined;
  const high = is64 ? space.read32(address, register + 4) : 0;
  const sizeLow = sizeBits(space, address, register, low);
  const sizeHigh = is64 ? sizeBits(space, address, register + 4, high) : 0xffff_ffff;
  const flags = isIo ? BAR.IO_FLAGS_MASK : BAR.MEMORY_FLAGS_MASK;
  const length = isIo ? ioLength(sizeLow) : memoryLength((sizeLow & ~flags) >>> 0, sizeHigh);
  const start = high * HIGH + ((low & ~flags) >>> 0);
  const isPowerOfTwo = length >= 4 && Number.isInteger(Math.log2(length));
  if (start === 0 || !isPowerOfTwo || start % length !== 0) return undefined;
  if (!Number.isSafeInteger(start + length)) return undefined;
  return { kind: isIo ? "io" : "memory", address: start, length };
}

function isWide(low: number): boolean {
  return (low & (BAR.IO_MASK | BAR.TYPE_MASK)) === BAR.TYPE_64;
}

/** @returns Whether a register is the second one of a BAR of 64 bits. */
function isUpperHalf(space: PciSpace, address: number, index: number): boolean {
  let at = 0;
  while (at < index) at += isWide(space.read32(address, PCI.BAR_0 + 4 * at)) ? 2 : 1;
  return at > index;
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
