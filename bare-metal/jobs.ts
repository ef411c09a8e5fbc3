/**
 * The turns of the image: one handler after another, each on an empty stack and with no promise
 * reaction pending (rule 2 of the HAL contract).
 *
 * The kernel calls `poll`, runs all promise reactions, and calls it again until it returns a time to
 * wait for. So each call runs one handler at the most.
 */
import type { Timer } from "../libos/hal/mod.ts";
import type { NativeMachine } from "./native.ts";

/** The most jobs that wait; each source, and each end, posts one at a time. */
const JOBS_MAX = 256;

/** Runs handlers of interrupts, of the timer, and jobs. */
export class Jobs {
  readonly timer: Timer;
  readonly #native: NativeMachine;
  /** By source. */
  readonly #handlers: ((() => void) | undefined)[] = [];
  readonly #posted: (() => void)[] = [];
  #deadlineUs = Infinity;
  #onExpire: (() => void) | undefined;
  #isClosed = false;

  constructor(native: NativeMachine) {
    this.#native = native;
    this.timer = {
      arm: (deadlineUs) => {
        this.#deadlineUs = Math.ceil(deadlineUs);
      },
      disarm: () => {
        this.#deadlineUs = Infinity;
      },
      onExpire: (handler) => {
        this.#onExpire = handler;
      },
    };
    native.onPoll(() => this.#poll());
  }

  /** Runs `handler` whenever `source` becomes ready. */
  onSource(source: number, handler: () => void): void {
    this.#handlers[source] = handler;
  }

  /** Runs `job` once, soon. */
  post(job: () => void): void {
    if (this.#isClosed) return;
    if (this.#posted.length >= JOBS_MAX) throw new RangeError(`more than ${JOBS_MAX} jobs wait`);
    this.#posted.push(job);
  }

  /** From now on nothing is called. */
  close(): void {
    this.#isClosed = true;
    this.#posted.length = 0;
    this.#handlers.length = 0;
    this.#deadlineUs = Infinity;
    this.#onExpire = undefined;
  }

  #poll(): number {
    const job = this.#posted.shift();
    if (job !== undefined) {
      job();
      return 0;
    }
    const source = this.#native.interrupts.takeReady();
    if (source >= 0) {
      this.#handlers[source]?.();
      this.#native.interrupts.served(source);
      return 0;
    }
    if (this.#deadlineUs <= this.#native.clock.nowUs()) {
      this.#deadlineUs = Infinity;
      this.#onExpire?.();
      return 0;
    }
    // 0 would mean "again": an earlier deadline has passed above.
    return this.#deadlineUs;
  }
}
