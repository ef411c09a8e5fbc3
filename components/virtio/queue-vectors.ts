/**
 * Which queue interrupts by which entry of the MSI-X table (virtio 1.3, 4.1.5.1.2): each by one of its
 * own, for as long as the table, the machine and the limit last. The rest share the first entry, which
 * then says no more which queue it was.
 */
import type { Interrupts } from "../../libos/hal/mod.ts";
import type { Msix } from "../pci/mod.ts";
import { ANY_QUEUE } from "./transport.ts";

/** Entry 0 tells of the configuration. */
const FIRST_ENTRY = 1;

export class QueueVectors {
  readonly #msix: Msix;
  readonly #interrupts: Interrupts;
  readonly #onQueue: (queue: number) => void;
  /** Entries that may be connected. */
  readonly #entryCount: number;
  /** By entry, counted from `FIRST_ENTRY`: its queue, `ANY_QUEUE`, or undefined for one to give out. */
  readonly #queues: (number | undefined)[] = [];

  /**
   * @param onQueue Runs as a job, with the queue that interrupts, or with `ANY_QUEUE`.
   * @param limit The most entries to take.
   */
  constructor(msix: Msix, interrupts: Interrupts, onQueue: (queue: number) => void, limit: number) {
    this.#msix = msix;
    this.#interrupts = interrupts;
    this.#onQueue = onQueue;
    this.#entryCount = Math.min(limit, msix.count - FIRST_ENTRY);
  }

  /** Connects one entry more. @returns False when there is none, or the machine has no vector left. */
  add(): boolean {
    const at = this.#queues.length;
    if (at >= this.#entryCount) return false;
    const message = this.#interrupts.message(() => this.#onQueue(this.#queues[at] ?? ANY_QUEUE));
    if (message === undefined) return false;
    this.#msix.connect(FIRST_ENTRY + at, message);
    this.#queues.push(undefined);
    return true;
  }

  /** @returns The entry by which a queue interrupts. There is one, since `add` has succeeded once. */
  assign(queue: number): number {
    const isFresh = this.#queues[this.#queues.length - 1] === undefined || this.add();
    if (!isFresh) return this.share();
    const last = this.#queues.length - 1;
    this.#queues[last] = queue;
    return FIRST_ENTRY + last;
  }

  /** @returns An entry that another queue has, and which tells of both from now on. */
  share(): number {
    this.#queues[0] = ANY_QUEUE;
    return FIRST_ENTRY;
  }
}
