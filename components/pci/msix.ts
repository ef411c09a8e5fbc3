import type { InterruptMessage, Mmio, PciSpace } from "../../libos/hal/mod.ts";
import { MSIX } from "./wire.ts";

/** The MSI-X table of one function (PCI Express 5.0, 7.7.2). */
export class Msix {
  /** Entries of the table, >= 1. */
  readonly count: number;
  readonly #space: PciSpace;
  readonly #mmio: Mmio;
  readonly #address: number;
  readonly #control: number;
  readonly #table: number;

  /**
   * @param register Where the capability begins.
   * @param table The table as mapped registers.
   */
  constructor(space: PciSpace, mmio: Mmio, address: number, register: number, table: number) {
    this.#space = space;
    this.#mmio = mmio;
    this.#address = address;
    this.#control = register + MSIX.CONTROL;
    this.#table = table;
    this.count = (space.read16(address, this.#control) & MSIX.SIZE_MASK) + 1;
  }

  /** Entry `index` interrupts with `message` from now on. */
  connect(index: number, message: InterruptMessage): void {
    const entry = this.#table + index * MSIX.ENTRY_BYTES;
    const mmio = this.#mmio;
    mmio.write32(entry + MSIX.ENTRY_CONTROL, 1);
    mmio.write32(entry + MSIX.ENTRY_ADDRESS_LOW, message.address >>> 0);
    mmio.write32(entry + MSIX.ENTRY_ADDRESS_HIGH, Math.floor(message.address / 0x1_0000_0000));
    mmio.write32(entry + MSIX.ENTRY_DATA, message.data);
    mmio.write32(entry + MSIX.ENTRY_CONTROL, 0);
  }

  /** Switches from INTx to messages. Entries that were not connected stay masked. */
  enable(): void {
    this.#writeControl(MSIX.ENABLE_MASK, MSIX.FUNCTION_MASK);
  }

  disable(): void {
    this.#writeControl(0, MSIX.ENABLE_MASK);
  }

  #writeControl(set: number, clear: number): void {
    const control = this.#space.read16(this.#address, this.#control);
    this.#space.write16(this.#address, this.#control, (control & ~clear) | set);
  }
}
