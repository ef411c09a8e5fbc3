import type { Machine, Mmio, PciSpace } from "../../libos/hal/mod.ts";
import { type PciBar, readBars } from "./bars.ts";
import { type PciCapability, readCapabilities } from "./capabilities.ts";
import { DeviceError } from "./device-error.ts";
import { formatPciAddress, type PciFunction } from "./enumerate.ts";
import { Msix } from "./msix.ts";
import { CAPABILITY, COMMAND, MSIX, PCI } from "./wire.ts";

/** A BAR up to this length is mapped whole, once; of a longer one, the pages that are asked for. */
const WHOLE_BAR_BYTES = 65_536;
const PAGE_BYTES = 4096;

/** One function, taken over by a driver. */
export class PciDevice {
  readonly function: PciFunction;
  readonly capabilities: readonly PciCapability[];
  readonly #space: PciSpace;
  readonly #mmio: Mmio;
  #bars: readonly (PciBar | undefined)[] | undefined;
  /** Of BARs that are mapped whole, by index. */
  readonly #bases: number[] = [];

  constructor(space: PciSpace, mmio: Mmio, pciFunction: PciFunction) {
    this.#space = space;
    this.#mmio = mmio;
    this.function = pciFunction;
    this.capabilities = readCapabilities(space, pciFunction.address);
  }

  /** "pci 00:03.0", for messages. */
  get name(): string {
    return `pci ${formatPciAddress(this.function.address)}`;
  }

  /** A register of configuration space. */
  read8(register: number): number {
    return this.#space.read8(this.function.address, register);
  }
  read32(register: number): number {
    return this.#space.read32(this.function.address, register);
  }

  /** Lets the function answer to its BARs and reach memory. */
  enable(): void {
    this.#readBars(COMMAND.MEMORY_MASK | COMMAND.BUS_MASTER_MASK);
  }

  /**
   * Takes its way to memory and its line: whatever it still wants to read or write there, it can't,
   * and the devices with which it shares the line are not called for it any more.
   */
  disable(): void {
    this.#command(COMMAND.INTX_DISABLE_MASK, COMMAND.BUS_MASTER_MASK);
  }

  /** Lets the function interrupt by INTx, instead of by messages. */
  enableLine(): void {
    this.#command(0, COMMAND.INTX_DISABLE_MASK);
  }

  /** @returns Whether a BAR (0 .. 5) is there, has an address, and lies in memory. */
  hasMemoryBar(bar: number): boolean {
    return this.#bar(bar) !== undefined;
  }

  /**
   * Makes a range of a memory BAR accessible.
   *
   * @param bar 0 .. 5.
   * @returns The base of the range for `Machine.mmio`.
   * @throws DeviceError when the range does not lie in such a BAR, or cannot be mapped.
   */
  mapRange(bar: number, offset: number, length: number): number {
    const found = this.#bar(bar);
    if (found === undefined || length < 1 || offset + length > found.length) {
      const have = found === undefined ? "not in memory" : `of ${found.length} bytes`;
      throw new DeviceError(`${this.name}: ${length} bytes at ${offset} of BAR ${bar}, ${have}`);
    }
    if (found.length <= WHOLE_BAR_BYTES) {
      this.#bases[bar] ??= this.#map(found.address, found.length);
      return this.#bases[bar] + offset;
    }
    const before = offset % PAGE_BYTES;
    return this.#map(found.address + offset - before, before + length) + before;
  }

  /** @returns The function's MSI-X, or undefined where it has none. INTx is switched off. */
  openMsix(): Msix | undefined {
    const capability = this.capabilities.find(({ id }) => id === CAPABILITY.MSI_X);
    if (capability === undefined) return undefined;
    const { address } = this.function;
    const { register } = capability;
    const where = this.#space.read32(address, register + MSIX.TABLE);
    const count = (this.#space.read16(address, register + MSIX.CONTROL) & MSIX.SIZE_MASK) + 1;
    const offset = (where & ~MSIX.BIR_MASK) >>> 0;
    const table = this.mapRange(where & MSIX.BIR_MASK, offset, count * MSIX.ENTRY_BYTES);
    this.#command(COMMAND.INTX_DISABLE_MASK, 0);
    return new Msix(this.#space, this.#mmio, address, register, table);
  }

  /** @returns A BAR in memory. */
  #bar(index: number): PciBar | undefined {
    const bar = (this.#bars ?? this.#readBars(0))[index];
    return bar?.kind === "memory" ? bar : undefined;
  }

  /** @param set Bits that the command register gets. */
  #readBars(set: number): readonly (PciBar | undefined)[] {
    return (this.#bars = readBars(this.#space, this.function.address, set));
  }

  #map(address: number, length: number): number {
    try {
      return this.#mmio.map(address, length);
    } catch (error) {
      throw new DeviceError(`${this.name}: its registers at ${address} can't be mapped`, {
        cause: error,
      });
    }
  }

  #command(set: number, clear: number): void {
    const { address } = this.function;
    const command = this.#space.read16(address, PCI.COMMAND);
    this.#space.write16(address, PCI.COMMAND, (command & ~clear) | set);
  }
}

/**
 * Takes over a function that `enumeratePci` found. Nothing of it is switched on yet.
 *
 * @throws DeviceError when the machine has no PCI.
 */
export function openPciDevice(machine: Machine, pciFunction: PciFunction): PciDevice {
  if (machine.pci === undefined) throw new DeviceError("the machine has no PCI");
  return new PciDevice(machine.pci, machine.mmio, pciFunction);
}
