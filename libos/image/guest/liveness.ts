/**
 * When an image ends by itself: as a Node process does, once nothing is held (no server, socket or
 * timer) and nothing is about to run.
 */
import type { Clock, Timer } from "../../hal/mod.ts";

/** What happens when nothing is left to do. */
export interface Ending {
  /** @returns Whether somebody heard of it, who may have found something to do. */
  beforeEnd(): boolean;
  /**
   * Called again if nothing is left to do once more.
   *
   * @param isLoaded False: the application's main module waits, and nothing will come.
   */
  end(isLoaded: boolean): void;
}

export class Liveness {
  readonly #schedule: (job: () => void) => void;
  readonly #clock: Clock;
  readonly #ending: Ending;
  #count = 0;
  #isLoaded = false;
  #isWatched = false;
  #isAsking = false;
  /** Something was held or has run since the end was announced. */
  #hasWorked = false;
  #deadlineUs = Infinity;

  /** @param schedule Runs a job soon, on an empty stack. */
  constructor(schedule: (job: () => void) => void, clock: Clock, ending: Ending) {
    this.#schedule = schedule;
    this.#clock = clock;
    this.#ending = ending;
  }

  hold(): void {
    this.#count++;
    this.#hasWorked = true;
  }

  release(): void {
    this.#count--;
    this.#ask();
  }

  /**
   * The application is about to be loaded. Until it is loaded it is alive, if this is not called.
   * Where it is, an application that waits while nothing is held waits for ever.
   */
  watchLoading(): void {
    this.#isWatched = true;
    this.#ask();
  }

  /** The application has been loaded. */
  begin(): void {
    this.#isLoaded = true;
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
          this.#hasWorked = true;
          handler();
          this.#ask();
        });
      },
    };
  }

  /** Asks in a job of its own, when the promise reactions of this one have run. */
  #ask(): void {
    if (!(this.#isLoaded || this.#isWatched) || this.#count > 0 || this.#isAsking) return;
    this.#isAsking = true;
    this.#schedule(() => this.#look());
  }

  #look(): void {
    if (!this.#isIdle()) {
      this.#isAsking = false;
      return;
    }
    this.#hasWorked = false;
    let isHeard = true;
    try {
      isHeard = this.#ending.beforeEnd();
    } finally {
      // Once who has heard of it, and what that resolves, has run; also if it throws.
      if (isHeard) this.#schedule(() => this.#lookAgain());
    }
    if (isHeard) return;
    this.#isAsking = false;
    this.#ending.end(this.#isLoaded);
  }

  #lookAgain(): void {
    this.#isAsking = false;
    if (!this.#isIdle()) return;
    if (this.#hasWorked) this.#ask();
    else this.#ending.end(this.#isLoaded);
  }

  /** A turn that is due asks again when it has run. */
  #isIdle(): boolean {
    return this.#count === 0 && this.#deadlineUs > this.#clock.nowUs();
  }
}
