/**
 * Jobs: calls that start on an empty stack (rule 2 of the contract). Devices hand their handlers to
 * a `Schedule`; who provides it says when they run.
 */

/** Sees to a later call of `job`, in order, never from inside the call to `Schedule` itself. */
export type Schedule = (job: () => void) => void;

/**
 * A queue of jobs that somebody runs by hand: a benchmark, or a test of code with callbacks only.
 * Promise reactions do not get their turn between its jobs, which rule 2 asks for.
 */
export interface JobQueue {
  readonly schedule: Schedule;
  /** Jobs that wait. */
  readonly size: number;
  /** Runs the oldest job. @returns False when there was none. */
  runOne(): boolean;
  /**
   * Runs jobs, also those that jobs add, until none is left.
   *
   * @param maxJobs Where to stop nevertheless.
   * @returns The number of jobs run.
   */
  run(maxJobs?: number): number;
}

/** Slots that an empty queue keeps. */
const KEPT_SLOTS = 256;

/** First in, first out; keeps its slots, so that a job in steady state allocates nothing. */
class ArrayJobQueue implements JobQueue {
  readonly #slots: ((() => void) | undefined)[] = [];
  /** The jobs that wait are those of the slots from `#first` to before `#end`. */
  #first = 0;
  #end = 0;

  readonly schedule: Schedule = (job) => {
    this.#slots[this.#end++] = job;
  };

  get size(): number {
    return this.#end - this.#first;
  }

  runOne(): boolean {
    if (this.#first === this.#end) return false;
    const slots = this.#slots;
    const job = slots[this.#first]!;
    slots[this.#first++] = undefined;
    if (this.#first === this.#end) {
      this.#first = this.#end = 0;
      if (slots.length > KEPT_SLOTS) slots.length = KEPT_SLOTS;
    }
    job();
    return true;
  }

  run(maxJobs: number = Infinity): number {
    let count = 0;
    while (count < maxJobs && this.runOne()) count++;
    return count;
  }
}

/** Makes an empty queue. */
export function createJobQueue(): JobQueue {
  return new ArrayJobQueue();
}

/** The most jobs of one pass of the host's event loop, so that its own events are not starved. */
const MAX_JOBS_PER_PASS = 32;

/**
 * Makes a `Schedule` over a host's `setImmediate`.
 *
 * One `setImmediate` for each job costs a pass of the event loop (0.8 µs measured), because what an
 * immediate adds waits for the next pass. So several immediates are set at a time, and each runs
 * the oldest job, if there is one: the host drains promise reactions between immediates, and a
 * chain of jobs costs 0.2 µs each. Their number follows the length of the chains.
 */
export function createImmediateSchedule(setImmediate: (callback: () => void) => unknown): Schedule {
  const queue = createJobQueue();
  let setCount = 0;
  let perPass = 1;
  let isStepping = false;
  const step = (): void => {
    setCount--;
    isStepping = true;
    let hasRun = true;
    try {
      hasRun = queue.runOne();
    } finally {
      isStepping = false;
      if (setCount === 0) {
        if (queue.size > 0) setMore(Math.min(2 * perPass, MAX_JOBS_PER_PASS));
        else if (!hasRun) perPass = Math.max(1, perPass >> 1);
      }
    }
  };
  const setMore = (count: number): void => {
    perPass = count;
    setCount = count;
    for (let index = 0; index < count; index++) setImmediate(step);
  };
  return (job) => {
    queue.schedule(job);
    if (setCount === 0 && !isStepping) setMore(perPass);
  };
}
