/** Ctrl-C and SIGTERM of a user, for an image that may not hear them yet. */

/** Launchers (npx, timeout) pass on a signal that their whole group has got: it comes twice. */
const SAME_SIGNAL_MS = 200;
/** An image that has not begun this long after it was asked to end will not begin. */
const BEGIN_MS = 10_000;

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

export interface InterruptedMachine {
  /** Asks the image to end, which has said that it listens. */
  ask(signal: StopSignal): void;
  /** Switches the machine off. */
  stop(): void;
}

export interface InterruptTimes {
  readonly nowMs: () => number;
  /** Calls `job` later, unless the process has ended by then. */
  readonly after: (ms: number, job: () => void) => void;
}

const HOST_TIMES: InterruptTimes = {
  nowMs: () => performance.now(),
  after: (ms, job) => void setTimeout(job, ms).unref(),
};

/**
 * The first signal asks the image to end: at once where it listens, otherwise as soon as it says so.
 * The second one switches the machine off.
 */
export class Interrupts {
  readonly #machine: InterruptedMachine;
  readonly #times: InterruptTimes;
  #isReady = false;
  #first: StopSignal | undefined;
  #lastMs = -Infinity;
  #wasStopped = false;

  constructor(machine: InterruptedMachine, times: InterruptTimes = HOST_TIMES) {
    this.#machine = machine;
    this.#times = times;
  }

  /** The machine was switched off: the image did not end by itself. */
  get wasStopped(): boolean {
    return this.#wasStopped;
  }

  /** @returns True for the first signal. */
  signal(signal: StopSignal): boolean {
    const nowMs = this.#times.nowMs();
    const sinceMs = nowMs - this.#lastMs;
    this.#lastMs = nowMs;
    if (sinceMs < SAME_SIGNAL_MS) return false;
    if (this.#first !== undefined) {
      this.#stop();
      return false;
    }
    this.#first = signal;
    if (this.#isReady) {
      this.#machine.ask(signal);
    } else {
      this.#times.after(BEGIN_MS, () => {
        if (!this.#isReady) this.#stop();
      });
    }
    return true;
  }

  /** The image listens from now on; what came before has been lost with its firmware. */
  ready(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    if (this.#first !== undefined) this.#machine.ask(this.#first);
  }

  /** The machine starts again: not where it was to end. */
  restarted(): void {
    this.#isReady = false;
    if (this.#first !== undefined) this.#stop();
  }

  #stop(): void {
    this.#wasStopped = true;
    this.#machine.stop();
  }
}
