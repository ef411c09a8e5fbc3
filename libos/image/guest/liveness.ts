/**
 * When an image ends by itself: as a Node process does, once nothing is held (no server, socket or
 * timer) and nothing is about to run.
 */
import type { Clock, Timer } from "../../hal/mod.ts";

export class Liveness {
  readonly #schedule: (job: () => void) => void;
  readonly #clock: Clock;
  readonly #onIdle: () => void;
  #count = 0;
  #hasBegun = false;
  #isAsking = false;
  #deadlineUs = Infinity;

  /**
   * @param schedule Runs a job soon, on an empty stack.
   * @param onIdle Called when nothing is left to do; again if that is so once more.
   */
  constructor(schedule: (job: () => void) => void, clock: Clock, onIdle: () => void) {
    this.#schedule = schedule;
    this.#clock = clock;
    this.#onIdle = onIdle;
  }

  hold(): void {
    this.#count++;
  }

  release(): void {
    this.#count--;
    this.#ask();
  }

  /** The application has been loaded: until then it is alive. */
  begin(): void {
    this.#hasBegun = true;
    this.#ask();
  }

  /** Looks on at the timer: a turn that is due is work that is about to run. */
  watch(timer: Timer): Timer {
    return {
      arm: (deadlineUs) => {
        this.#deadlineUs = deadlineUs;
        timer.arm(deadlineUs);
      },
      disarm: () => {
        this.#deadlineUs = Infinity;
        timer.disarm();
      },
      onExpire: (handler) => {
        timer.onExpire(() => {
          this.#deadlineUs = Infinity;
          handler();
          this.#ask();
        });
      },
    };
  }

  /** Asks in a job of its own, when the promise reactions of this one have run. */
  #ask(): void {
    if (!this.#hasBegun || this.#count > 0 || this.#isAsking) return;
    this.#isAsking = true;
    this.#schedule(() => {
      this.#isAsking = false;
      // A turn that is due asks again when it has run.
      if (this.#count === 0 && this.#deadlineUs > this.#clock.nowUs()) this.#onIdle();
    });
  }
}
