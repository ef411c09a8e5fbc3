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
/** The most handlers of one source: devices that share a wired line. */
const HANDLERS_MAX = 32;
/** Posted jobs, sources of interrupts, the timer. */
const KINDS = 3;

/** Runs handlers of interrupts, of the timer, and jobs. */
export class Jobs {
  readonly timer: Timer;
  readonly #native: NativeMachine;
  /** By source. */
  readonly #handlers: (() => void)[][] = [];
  /** The source that is being served, -1 for none, and which of its handlers is next. */
  #source = -1;
  #next = 0;
  readonly #posted: (() => void)[] = [];
  #deadlineUs = Infinity;
  #onExpire: (() => void) | undefined;
  #kind = 0;
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

  /**
   * Runs `handler` whenever `source` becomes ready, after those that were added before.
   *
   * @throws RangeError when too many share it.
   */
  onSource(source: number, handler: () => void): void {
    const handlers = (this.#handlers[source] ??= []);
    if (handlers.length === HANDLERS_MAX) {
      throw new RangeError(`more than ${HANDLERS_MAX} handlers share an interrupt`);
    }
    handlers.push(handler);
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
    // The three kinds take turns, so that none can starve another.
    let kind = this.#kind;
    for (let tried = 0; tried < KINDS; tried++) {
      kind = kind === KINDS - 1 ? 0 : kind + 1;
      this.#kind = kind;
      const hasRun =
        kind === 0 ? this.#runPosted() : kind === 1 ? this.#runSource() : this.#runTimer();
      if (hasRun) return 0;
    }
    // 0 would mean "again": a deadline that has passed would have run above.
    return this.#deadlineUs;
  }

  #runPosted(): boolean {
    if (this.#posted.length === 0) return false;
    this.#posted.shift()!();
    return true;
  }

  #runSource(): boolean {
    const { interrupts } = this.#native;
    if (this.#source < 0) {
      this.#source = interrupts.takeReady();
      this.#next = 0;
      if (this.#source < 0) return false;
    }
    // Nobody knows which of the devices on a line has interrupted: each handler looks, in a job of
    // its own, and the line opens behind the last one.
    const source = this.#source;
    const handlers = this.#handlers[source];
    try {
      handlers?.[this.#next++]?.();
    } finally {
      // Also when it throws: the application may go on.
      if (this.#next >= (handlers?.length ?? 0)) {
        this.#source = -1;
        interrupts.served(source);
      }
    }
    return true;
  }

  #runTimer(): boolean {
    if (this.#deadlineUs === Infinity) return false;
    if (this.#deadlineUs > this.#native.clock.nowUs()) return false;
    this.#deadlineUs = Infinity;
    this.#onExpire?.();
    return true;
  }
}
