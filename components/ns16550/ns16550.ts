/**
 * A 16550 UART as a `Console`: the serial line.
 *
 * Output goes to a ring and from there, 16 bytes at a time, to the FIFO whenever that is empty. Input
 * is read from the FIFO in the interrupt, because its line stays high until it is, and waits in a
 * ring. Both streams go to the one line.
 */
import type { Clock, Console, Interrupts } from "../../libos/hal/mod.ts";
import { DeviceError } from "../pci/mod.ts";
import {
  DIVISOR,
  DIVISOR_115200,
  FIFO_BYTES,
  FIFO_ON,
  INTERRUPT_ENABLE,
  LINE,
  LINE_STATUS,
  MODEM_READY,
  UART,
  type UartRegisters,
} from "./registers.ts";

export interface Ns16550Limits {
  /** Bytes of output that wait; beyond it `write` waits for the line. */
  readonly outputBytes: number;
  /** Bytes of input that nobody has read; beyond it the newest are dropped and counted. */
  readonly inputBytes: number;
  /** Microseconds that one byte may take at the most; then the line is held to be dead. */
  readonly stallUs: number;
}

export const NS16550_LIMITS: Ns16550Limits = {
  outputBytes: 16_384,
  inputBytes: 4096,
  stallUs: 1_000_000,
};

export interface Ns16550Needs {
  readonly registers: UartRegisters;
  readonly interrupts: Interrupts;
  /** The interrupt line: 4 for COM1 of a PC, 3 for COM2. */
  readonly line: number;
  readonly clock: Clock;
  /** Runs `job` soon, as a job of its own on an empty stack. */
  readonly schedule: (job: () => void) => void;
}

export interface Ns16550 extends Console {
  /** Bytes of input that were dropped, and of output that a dead line did not take. */
  readonly lostInput: number;
  readonly lostOutput: number;
  /** Writes what waits, and ends: no handler is called any more. Idempotent. */
  close(): void;
}

/** Input bytes taken in one interrupt at the most: a UART that never runs empty is broken. */
const MAX_INPUT_AT_ONCE = 4096;
const ROUNDS_PER_LOOK = 64;

/** A ring of bytes. */
class ByteQueue {
  count = 0;
  readonly #bytes: Uint8Array;
  #first = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** @returns False when it is full. */
  push(byte: number): boolean {
    if (this.count === this.#bytes.length) return false;
    this.#bytes[(this.#first + this.count++) % this.#bytes.length] = byte;
    return true;
  }

  /** Only while `count` > 0. */
  shift(): number {
    const byte = this.#bytes[this.#first]!;
    this.#first = (this.#first + 1) % this.#bytes.length;
    this.count--;
    return byte;
  }
}

class Uart implements Ns16550 {
  lostInput = 0;
  lostOutput = 0;
  readonly #needs: Ns16550Needs;
  readonly #registers: UartRegisters;
  readonly #limits: Ns16550Limits;
  readonly #output: ByteQueue;
  readonly #input: ByteQueue;
  #handler: (() => void) | undefined;
  #enabled: number = INTERRUPT_ENABLE.RECEIVED;
  #isAnnounced = false;
  #isClosed = false;

  constructor(needs: Ns16550Needs, limits: Ns16550Limits) {
    this.#needs = needs;
    this.#registers = needs.registers;
    this.#limits = limits;
    this.#output = new ByteQueue(limits.outputBytes);
    this.#input = new ByteQueue(limits.inputBytes);
  }

  start(): void {
    const registers = this.#registers;
    registers.write(UART.INTERRUPT_ENABLE, 0);
    registers.write(UART.LINE_CONTROL, LINE.DIVISOR_LATCH_MASK);
    registers.write(DIVISOR.LOW, DIVISOR_115200);
    registers.write(DIVISOR.HIGH, 0);
    registers.write(UART.LINE_CONTROL, LINE.EIGHT_N_ONE);
    registers.write(UART.FIFO_CONTROL, FIFO_ON);
    registers.write(UART.MODEM_CONTROL, MODEM_READY);
    this.#needs.interrupts.line(this.#needs.line, () => this.#onInterrupt());
    registers.write(UART.INTERRUPT_ENABLE, this.#enabled);
  }

  write(_stream: 1 | 2, bytes: Uint8Array): void {
    if (this.#isClosed) return;
    for (let index = 0; index < bytes.length; index++) {
      if (this.#output.push(bytes[index]!)) continue;
      if (!this.#waitForLine()) {
        this.lostOutput += bytes.length - index;
        break;
      }
      this.#output.push(bytes[index]!);
    }
    this.#pump();
  }

  read(accept: (bytes: Uint8Array) => void): number {
    const { count } = this.#input;
    if (count === 0 || this.#isClosed) return 0;
    const bytes = new Uint8Array(count);
    for (let index = 0; index < count; index++) bytes[index] = this.#input.shift();
    accept(bytes);
    return 1;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    if (this.#input.count === 0 || this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.#needs.schedule(() => {
      this.#isAnnounced = false;
      this.#handler?.();
    });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#handler = undefined;
    while (this.#output.count > 0 && this.#waitForLine());
    this.#isClosed = true;
    this.#registers.write(UART.INTERRUPT_ENABLE, 0);
  }

  /** Reading the status and the data, and filling the FIFO, lowers the line. */
  #onInterrupt(): void {
    if (this.#isClosed) return;
    const registers = this.#registers;
    registers.read(UART.INTERRUPT_ID);
    let count = 0;
    while (count < MAX_INPUT_AT_ONCE && this.#has(LINE_STATUS.RECEIVED_MASK)) {
      if (!this.#input.push(registers.read(UART.DATA))) this.lostInput++;
      count++;
    }
    this.#pump();
    if (count > 0) this.#handler?.();
  }

  /** Fills the FIFO, if it is empty; asks for an interrupt only while more waits. */
  #pump(): void {
    const output = this.#output;
    if (output.count > 0 && this.#has(LINE_STATUS.TRANSMIT_EMPTY_MASK)) this.#fill();
    const wanted =
      INTERRUPT_ENABLE.RECEIVED | (output.count > 0 ? INTERRUPT_ENABLE.TRANSMITTED : 0);
    if (wanted === this.#enabled) return;
    this.#enabled = wanted;
    this.#registers.write(UART.INTERRUPT_ENABLE, wanted);
  }

  /** Writes to the FIFO, which was seen empty. */
  #fill(): void {
    const count = Math.min(FIFO_BYTES, this.#output.count);
    for (let left = count; left > 0; left--) {
      this.#registers.write(UART.DATA, this.#output.shift());
    }
  }

  /** Makes room for `FIFO_BYTES`. @returns False when the line takes nothing for `stallUs`. */
  #waitForLine(): boolean {
    const { clock } = this.#needs;
    const deadlineUs = clock.nowUs() + this.#limits.stallUs;
    for (let round = 1; !this.#has(LINE_STATUS.TRANSMIT_EMPTY_MASK); round++) {
      if (round % ROUNDS_PER_LOOK === 0 && clock.nowUs() >= deadlineUs) return false;
    }
    this.#fill();
    return true;
  }

  #has(mask: number): boolean {
    return (this.#registers.read(UART.LINE_STATUS) & mask) !== 0;
  }
}

/**
 * Drives a UART, at 115,200 baud, 8 data bits, no parity, 1 stop bit.
 *
 * @throws DeviceError when there is no UART at those registers.
 */
export function createNs16550(
  needs: Ns16550Needs,
  limits: Ns16550Limits = NS16550_LIMITS,
): Ns16550 {
  const { registers } = needs;
  // The scratch register does nothing but keep a value.
  for (const value of [0x5a, 0xa5]) {
    registers.write(UART.SCRATCH, value);
    if (registers.read(UART.SCRATCH) !== value) {
      throw new DeviceError(`${registers.name}: there is no UART`);
    }
  }
  const uart = new Uart(needs, limits);
  uart.start();
  return uart;
}
