/** A 16550 UART of the emulated machine. */
import type { RegisterBlock } from "./bus.ts";
import type { EmulatedMachine } from "./machine.ts";

const FIFO_BYTES = 16;
/** Reads of the line status after which output that is polled for has left. */
const POLLS = 8;

export class UartModel implements RegisterBlock {
  readonly output: number[] = [];
  /** The line takes nothing. */
  isStuck = false;
  readonly #machine: EmulatedMachine;
  readonly #line: number;
  readonly #input: number[] = [];
  readonly #registers = new Uint8Array(8);
  #fifo = 0;
  #polls = 0;
  #isTransmittedPending = false;

  constructor(machine: EmulatedMachine, line: number) {
    this.#machine = machine;
    this.#line = line;
  }

  type(bytes: Uint8Array): void {
    this.#input.push(...bytes);
    this.#update();
  }

  read(offset: number): number {
    if (this.#isLatchOpen && offset < 2) return 0;
    if (offset === 0) return this.#readData();
    if (offset === 2) {
      this.#isTransmittedPending = false;
      this.#update();
      return 0xc1;
    }
    if (offset !== 5) return this.#registers[offset]!;
    if (this.#fifo > 0 && ++this.#polls >= POLLS) this.#drain();
    return (this.#input.length > 0 ? 1 : 0) | (this.#fifo === 0 ? 0x60 : 0);
  }

  write(offset: number, _width: number, value: number): void {
    if (offset !== 0 || this.#isLatchOpen) {
      this.#registers[offset] = value;
      if (offset === 1) this.#isTransmittedPending = this.#fifo === 0;
      this.#update();
      return;
    }
    if (this.#fifo === FIFO_BYTES) {
      this.#machine.violations.push("the transmit FIFO overflows");
      return;
    }
    this.output.push(value);
    this.#polls = 0;
    if (this.#fifo++ === 0) this.#machine.after(100, () => this.#drain());
  }

  get #isLatchOpen(): boolean {
    return (this.#registers[3]! & 0x80) !== 0;
  }

  #readData(): number {
    const byte = this.#input.shift() ?? 0;
    this.#update();
    return byte;
  }

  #drain(): void {
    if (this.isStuck) return;
    this.#fifo = 0;
    this.#isTransmittedPending = true;
    this.#update();
  }

  #update(): void {
    const enabled = this.#registers[1]!;
    const isReceived = (enabled & 1) !== 0 && this.#input.length > 0;
    const isTransmitted = (enabled & 2) !== 0 && this.#isTransmittedPending;
    this.#machine.interrupts.setLine(this.#line, isReceived || isTransmitted, this);
  }
}
