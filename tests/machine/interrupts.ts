/** Interrupts of the emulated machine: counted when they come, handled as jobs of the world. */
import type { InterruptMessage, Interrupts } from "../../libos/hal/mod.ts";

/** Where messages are written on x86 (Intel SDM 3A, 11.11). */
const MESSAGE_ADDRESS = 0xfee0_0000;
const FIRST_VECTOR = 0x30;
/** Interrupts in a row from a line that nobody takes back. */
const STORM = 1000;

interface Line {
  /** Who holds it up: a line is high for as long as one device does. */
  readonly raisedBy: Set<object>;
  isQueued: boolean;
  runs: number;
  /** Of the devices that share it. */
  readonly handlers: (() => void)[];
}

export class EmulatedInterrupts implements Interrupts {
  /** False: the machine has run out of vectors. */
  readonly #vectors: number;
  readonly #runSoon: (job: () => void) => void;
  readonly #report: (what: string) => void;
  readonly #handlers: (() => void)[] = [];
  readonly #isPending: boolean[] = [];
  readonly #lines = new Map<number, Line>();
  /** Messages that came. */
  messages = 0;

  constructor(vectors: number, runSoon: (job: () => void) => void, report: (what: string) => void) {
    this.#vectors = vectors;
    this.#runSoon = runSoon;
    this.#report = report;
  }

  message(handler: () => void): InterruptMessage | undefined {
    if (this.#handlers.length === this.#vectors) return undefined;
    const index = this.#handlers.push(handler) - 1;
    return { vector: index, address: MESSAGE_ADDRESS, data: FIRST_VECTOR + index };
  }

  line(line: number, handler: () => void): void {
    const found = this.#line(line);
    found.handlers.push(handler);
    this.#queueLine(found);
  }

  /** A device writes a message. */
  deliver(address: number, data: number): void {
    const index = data - FIRST_VECTOR;
    const handler = this.#handlers[index];
    if (address !== MESSAGE_ADDRESS || handler === undefined) {
      this.#report(`a device interrupts with ${data} at ${address}, which nobody gave it`);
      return;
    }
    this.messages++;
    if (this.#isPending[index] === true) return;
    this.#isPending[index] = true;
    this.#runSoon(() => {
      this.#isPending[index] = false;
      handler();
    });
  }

  /** A device raises or lowers its line. */
  setLine(line: number, isHigh: boolean, device: object): void {
    const found = this.#line(line);
    if (isHigh) found.raisedBy.add(device);
    else found.raisedBy.delete(device);
    if (found.raisedBy.size === 0) found.runs = 0;
    this.#queueLine(found);
  }

  #line(line: number): Line {
    let found = this.#lines.get(line);
    if (found === undefined) {
      found = { raisedBy: new Set(), isQueued: false, runs: 0, handlers: [] };
      this.#lines.set(line, found);
    }
    return found;
  }

  #queueLine(line: Line): void {
    if (line.raisedBy.size === 0 || line.isQueued) return;
    if (line.runs++ === STORM) this.#report("nobody takes an interrupt line back");
    if (line.runs > STORM) return;
    line.isQueued = true;
    this.#runHandler(line, 0);
  }

  /** Handler by handler, each as a job of its own. */
  #runHandler(line: Line, index: number): void {
    this.#runSoon(() => {
      line.handlers[index]?.();
      if (index + 1 < line.handlers.length) {
        this.#runHandler(line, index + 1);
        return;
      }
      line.isQueued = false;
      // The line is unmasked, and may still be high.
      this.#queueLine(line);
    });
  }
}
