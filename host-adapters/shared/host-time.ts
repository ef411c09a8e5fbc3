/** The clock and the alarm over a host's event loop. */
import type { Clock, Timer } from "../../libos/hal/mod.ts";
import type { HostPlatform, HostTimeout } from "./host-platform.ts";
import type { Schedule } from "./jobs.ts";

/** How far the wall clock may be from the host's before it follows a jump: more than its tick. */
const MAX_WALL_DRIFT_US = 2_000;

export class HostClock implements Clock {
  readonly #host: HostPlatform;
  readonly #bootMs: number;
  #wallAtBootUs = 0;

  constructor(host: HostPlatform) {
    this.#host = host;
    this.#bootMs = host.nowMs();
  }

  nowUs(): number {
    return Math.floor((this.#host.nowMs() - this.#bootMs) * 1000);
  }

  /** The host's date has milliseconds; between them the monotonic clock counts on. */
  wallUs(): number {
    const wallUs = Math.floor(this.#host.wallMs() * 1000);
    const nowUs = this.nowUs();
    if (Math.abs(this.#wallAtBootUs + nowUs - wallUs) > MAX_WALL_DRIFT_US) {
      this.#wallAtBootUs = wallUs - nowUs;
    }
    return this.#wallAtBootUs + nowUs;
  }
}

const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * The alarm. A host's time-out is exact to a millisecond and may come early by less than one, so it
 * only makes us look at the clock: when the deadline has not passed, we sleep again. That also
 * allows a time-out to stay where it is when the deadline moves later, as it does all the time.
 */
export class HostTimer implements Timer {
  readonly #host: HostPlatform;
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  #deadlineUs = Infinity;
  /** When the time-out that is set comes, at the earliest; Infinity when none is set. */
  #wakeUs = Infinity;
  #timeout: HostTimeout | undefined;
  #isScheduled = false;
  #handler: (() => void) | undefined;

  constructor(host: HostPlatform, clock: Clock, schedule: Schedule) {
    this.#host = host;
    this.#clock = clock;
    this.#schedule = schedule;
  }

  arm(deadlineUs: number): void {
    this.#deadlineUs = Math.ceil(deadlineUs);
    this.#sleep();
  }

  disarm(): void {
    this.#deadlineUs = Infinity;
  }

  onExpire(handler: () => void): void {
    this.#handler = handler;
  }

  close(): void {
    this.#deadlineUs = Infinity;
    this.#handler = undefined;
    this.#clearTimeout();
  }

  #sleep(): void {
    const nowUs = this.#clock.nowUs();
    const waitUs = this.#deadlineUs - nowUs;
    if (waitUs <= 0) {
      if (!this.#isScheduled) this.#schedule(this.#onJob);
      this.#isScheduled = true;
    } else if (this.#deadlineUs < this.#wakeUs) {
      this.#clearTimeout();
      const delayMs = Math.min(Math.ceil(waitUs / 1000), MAX_DELAY_MS);
      this.#wakeUs = nowUs + delayMs * 1000;
      this.#timeout = this.#host.setTimeout(this.#onTimeout, delayMs);
    }
  }

  readonly #onJob = (): void => {
    this.#isScheduled = false;
    this.#check();
  };

  readonly #onTimeout = (): void => {
    this.#timeout = undefined;
    this.#wakeUs = Infinity;
    this.#check();
  };

  #check(): void {
    if (this.#deadlineUs === Infinity) return;
    if (this.#clock.nowUs() < this.#deadlineUs) {
      this.#sleep();
      return;
    }
    this.#deadlineUs = Infinity;
    this.#handler?.();
  }

  #clearTimeout(): void {
    if (this.#timeout !== undefined) this.#host.clearTimeout(this.#timeout);
    this.#timeout = undefined;
    this.#wakeUs = Infinity;
  }
}
