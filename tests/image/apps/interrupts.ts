/** Interrupts for drivers that are opened again and again: the kernel gives a vector out once. */
import type { InterruptMessage, Interrupts } from "../../../libos/hal/mod.ts";

interface Vector {
  readonly message: InterruptMessage;
  handler: () => void;
  /** How often it interrupted since `rewind`. */
  count: number;
}

export class ReusedInterrupts implements Interrupts {
  readonly #interrupts: Interrupts;
  readonly #vectors: Vector[] = [];
  readonly #lines = new Map<number, (() => void)[]>();
  #next = 0;

  constructor(interrupts: Interrupts) {
    this.#interrupts = interrupts;
  }

  /** The drivers of before are closed: their vectors and lines are given out again. */
  rewind(): void {
    this.#next = 0;
    for (const vector of this.#vectors) vector.count = 0;
    for (const handlers of this.#lines.values()) handlers.length = 0;
  }

  /** Of each vector, in the order of `message`, how often it interrupted. */
  get counts(): readonly number[] {
    return this.#vectors.map(({ count }) => count);
  }

  message(handler: () => void): InterruptMessage | undefined {
    const index = this.#next++;
    const known = this.#vectors[index];
    if (known !== undefined) {
      known.handler = handler;
      return known.message;
    }
    const message = this.#interrupts.message(() => {
      const vector = this.#vectors[index]!;
      vector.count++;
      vector.handler();
    });
    if (message !== undefined) this.#vectors[index] = { message, handler, count: 0 };
    return message;
  }

  line(line: number, handler: () => void): void {
    const known = this.#lines.get(line);
    if (known !== undefined) {
      known.push(handler);
      return;
    }
    const handlers = [handler];
    this.#lines.set(line, handlers);
    this.#interrupts.line(line, () => {
      for (const each of handlers) each();
    });
  }
}
