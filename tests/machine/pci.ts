/** PCI configuration space of the emulated machine. */
import type { PciSpace } from "../../libos/hal/mod.ts";
import type { BusRange, RegisterBlock, Width } from "./bus.ts";
import { ones } from "./bus.ts";

const COMMAND = 0x04;
const MEMORY_MASK = 2;
const BUS_MASTER_MASK = 4;

/** A base address register, with the registers behind it. */
export interface EmulatedBar {
  readonly index: number;
  readonly is64: boolean;
  /** A power of two. */
  readonly length: number;
  /** Where the firmware has put it. */
  readonly address: number;
  readonly block: RegisterBlock;
}

/** One function. The bytes of its configuration space may be written by whoever builds it. */
export class EmulatedFunction {
  readonly config: Uint8Array;
  readonly #view: DataView;
  readonly #bars: readonly EmulatedBar[];
  #capabilityEnd = 0x40;
  #lastLink = 0x34;
  /** Told when a driver writes a register that is no BAR. */
  onWrite: (register: number) => void = () => {};

  constructor(
    identity: { vendor: number; device: number; classCode: number; line: number; pin: number },
    bars: readonly EmulatedBar[],
  ) {
    this.config = new Uint8Array(4096);
    this.#view = new DataView(this.config.buffer);
    this.#bars = bars;
    this.#view.setUint16(0, identity.vendor, true);
    this.#view.setUint16(2, identity.device, true);
    this.#view.setUint32(8, identity.classCode * 256 + 1, true);
    this.#view.setUint16(0x2e, 0x40 + (identity.device & 0x3f), true);
    this.config[0x3c] = identity.line;
    this.config[0x3d] = identity.pin;
    for (const bar of bars) {
      const register = 0x10 + 4 * bar.index;
      this.#view.setUint32(register, (bar.address % 2 ** 32) + (bar.is64 ? 4 : 0), true);
      if (bar.is64) this.#view.setUint32(register + 4, Math.floor(bar.address / 2 ** 32), true);
    }
  }

  /** Appends a capability. @returns Its register. */
  addCapability(bytes: readonly number[]): number {
    const register = this.#capabilityEnd;
    this.config[6]! |= 0x10;
    this.config[this.#lastLink] = register;
    this.config.set(bytes, register);
    this.config[register + 1] = 0;
    this.#lastLink = register + 1;
    this.#capabilityEnd += Math.ceil(bytes.length / 4) * 4;
    return register;
  }

  /** The ranges of the bus that it answers to, wherever they are moved. */
  ranges(): BusRange[] {
    return this.#bars.map((bar) => {
      const isEnabled = (): boolean => (this.config[COMMAND]! & MEMORY_MASK) !== 0;
      const address = (): number => this.#addressOf(bar);
      return {
        length: bar.length,
        block: bar.block,
        get address(): number {
          return address();
        },
        get isEnabled(): boolean {
          return isEnabled();
        },
      };
    });
  }

  get isBusMaster(): boolean {
    return (this.config[COMMAND]! & BUS_MASTER_MASK) !== 0;
  }

  get interruptsByLine(): boolean {
    return (this.config[COMMAND + 1]! & 4) === 0;
  }

  read(register: number, width: Width): number {
    if (width === 1) return this.config[register]!;
    return width === 2
      ? this.#view.getUint16(register, true)
      : this.#view.getUint32(register, true);
  }

  /** Read-only registers keep their value; the upper bits of a BAR are what can be written of it. */
  write(register: number, width: Width, value: number): void {
    const isHeader = register < 0x40;
    const isCommand = register >= 4 && register < 6;
    if (isHeader && !isCommand && register !== 0x3c) return this.#writeBar(register, width, value);
    for (let byte = 0; byte < width; byte++) this.config[register + byte] = value >>> (8 * byte);
    this.onWrite(register);
  }

  #writeBar(register: number, width: Width, value: number): void {
    if (width !== 4) return;
    for (const bar of this.#bars) {
      const low = 0x10 + 4 * bar.index;
      if (register === low) {
        const kept = bar.length >= 2 ** 32 ? 0 : (value & -bar.length) >>> 0;
        this.#view.setUint32(low, (kept | (bar.is64 ? 4 : 0)) >>> 0, true);
      } else if (bar.is64 && register === low + 4) {
        const step = Math.max(1, bar.length / 2 ** 32);
        this.#view.setUint32(low + 4, Math.floor(value / step) * step, true);
      }
    }
  }

  #addressOf(bar: EmulatedBar): number {
    const register = 0x10 + 4 * bar.index;
    const high = bar.is64 ? this.#view.getUint32(register + 4, true) : 0;
    const low = this.#view.getUint32(register, true);
    return high * 2 ** 32 + low - (low % 16);
  }
}

export class EmulatedPciSpace implements PciSpace {
  readonly configBytes: 256 | 4096;
  readonly #functions = new Map<number, EmulatedFunction>();
  readonly #report: (what: string) => void;

  constructor(configBytes: 256 | 4096, report: (what: string) => void) {
    this.configBytes = configBytes;
    this.#report = report;
  }

  add(address: number, pciFunction: EmulatedFunction): void {
    this.#functions.set(address, pciFunction);
  }

  read8(pciFunction: number, register: number): number {
    return this.#read(pciFunction, register, 1);
  }
  read16(pciFunction: number, register: number): number {
    return this.#read(pciFunction, register, 2);
  }
  read32(pciFunction: number, register: number): number {
    return this.#read(pciFunction, register, 4);
  }
  write8(pciFunction: number, register: number, value: number): void {
    this.#write(pciFunction, register, 1, value);
  }
  write16(pciFunction: number, register: number, value: number): void {
    this.#write(pciFunction, register, 2, value);
  }
  write32(pciFunction: number, register: number, value: number): void {
    this.#write(pciFunction, register, 4, value);
  }

  #read(pciFunction: number, register: number, width: Width): number {
    this.#check(register, width);
    return this.#functions.get(pciFunction)?.read(register, width) ?? ones(width);
  }

  #write(pciFunction: number, register: number, width: Width, value: number): void {
    this.#check(register, width);
    if (value < 0 || value > ones(width)) this.#report(`${value} is written to ${width} bytes`);
    this.#functions.get(pciFunction)?.write(register, width, value);
  }

  #check(register: number, width: Width): void {
    if (register % width === 0 && register >= 0 && register + width <= this.configBytes) return;
    this.#report(`register ${register} of configuration space, ${width} bytes wide`);
  }
}
