/**
 * When jobs run: two lanes over a host's `setImmediate`.
 *
 * A handler of an application must find an empty stack and no promise reaction pending (rule 2 of
 * the contract), and reactions are drained only between immediates. The gateway's own jobs make no
 * promises. So one immediate can run the gateway, then the application, then the gateway again: a
 * request that has come in is answered within one pass of the host's event loop.
 */
import { createJobQueue, type JobQueue, type Schedule } from "../shared/mod.ts";

/** The most jobs of the gateway in one immediate, so that the host's own events get their turn. */
const MAX_JOBS = 64;

/**
 * Immediates set at a time. The second is for what promise reactions of the application's job ask
 * for; without it that would wait for the next pass.
 */
const IMMEDIATES = 2;

/** The schedules of both lanes. Each lane keeps its order. */
export interface Lanes {
  /** For handlers of systems: at most one in each immediate. */
  readonly application: Schedule;
  /** For the gateway's own kernel. Its jobs must not make promises. */
  readonly gateway: Schedule;
}

class ImmediateLanes implements Lanes {
  readonly #application: JobQueue = createJobQueue();
  readonly #gateway: JobQueue = createJobQueue();
  readonly #setImmediate: (callback: () => void) => unknown;
  #setCount = 0;
  #isRunning = false;

  constructor(setImmediate: (callback: () => void) => unknown) {
    this.#setImmediate = setImmediate;
  }

  readonly application: Schedule = (job) => {
    this.#application.schedule(job);
    this.#arm();
  };

  readonly gateway: Schedule = (job) => {
    this.#gateway.schedule(job);
    this.#arm();
  };

  readonly #step = (): void => {
    this.#setCount--;
    this.#isRunning = true;
    try {
      let left = MAX_JOBS;
      while (left > 0 && this.#gateway.runOne()) left--;
      if (this.#application.runOne()) while (left > 0 && this.#gateway.runOne()) left--;
    } finally {
      this.#isRunning = false;
      if (this.#gateway.size > 0 || this.#application.size > 0) this.#arm();
    }
  };

  #arm(): void {
    if (this.#isRunning || this.#setCount > 0) return;
    this.#setCount = IMMEDIATES;
    for (let count = 0; count < IMMEDIATES; count++) this.#setImmediate(this.#step);
  }
}

export function createLanes(setImmediate: (callback: () => void) => unknown): Lanes {
  return new ImmediateLanes(setImmediate);
}
