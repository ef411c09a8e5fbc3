/**
 * Timeouts and intervals with Node's `Timeout` objects, over the kernel's timers: so an
 * application's time is the HAL's, and a simulated or replayed run sees the same.
 */
import { HEAP_SCOPE } from "../../kernel/heap-state.ts";
import type { TimerEntry } from "../../kernel/timers.ts";
import type { CoreContext } from "../shared/context.ts";
import { Liveness } from "../shared/liveness.ts";

/** The longest delay in milliseconds; a longer one becomes 1, as in Node. */
export const MAX_DELAY_MS: number = 0x7fff_ffff;

export type TimerCallback = (...values: never[]) => void;

/** What the timers of one system share. */
export class TimerScheduler {
  readonly context: CoreContext;
  /** Timers whose number an application has asked for, so that `clearTimeout(number)` finds them. */
  readonly numbered: Map<number, Timeout> = new Map();
  #nextNumber = 1;
  // Timers that came due in the same turn as one before: each runs in a turn of its own, so that
  // promise reactions of one are settled before the next, as in Node.
  readonly #due: (Timeout | undefined)[] = [];
  #lastRunUs = -1;

  constructor(context: CoreContext) {
    this.context = context;
  }

  takeNumber(): number {
    return this.#nextNumber++;
  }

  /** Called by the kernel's timer. */
  expire(timer: Timeout): void {
    if (this.#due.length === 0 && this.#lastRunUs !== this.context.nowUs()) {
      this.#run(timer);
    } else if (this.#due.push(timer) === 1) {
      this.context.defer(() => this.#runNext());
    }
  }

  /** A timer that is due but has not run is cleared or set anew. */
  withdraw(timer: Timeout): void {
    const index = this.#due.indexOf(timer);
    if (index > 0) this.#due.splice(index, 1);
    else if (index === 0) this.#due[0] = undefined;
  }

  #runNext(): void {
    const timer = this.#due.shift();
    if (this.#due.length > 0) this.context.defer(() => this.#runNext());
    if (timer !== undefined) this.#run(timer);
  }

  #run(timer: Timeout): void {
    this.#lastRunUs = this.context.nowUs();
    const { heapState } = this.context;
    const scope = heapState[0]!;
    heapState[0] = HEAP_SCOPE.APPLICATION;
    try {
      timer.run();
    } finally {
      heapState[0] = scope;
    }
  }
}

/** What `setTimeout` and `setInterval` return. */
export class Timeout {
  readonly #scheduler: TimerScheduler;
  readonly #callback: (...values: unknown[]) => void;
  readonly #values: readonly unknown[];
  readonly #delayUs: number;
  readonly #repeats: boolean;
  readonly #entry: TimerEntry;
  readonly #liveness: Liveness;
  #number = 0;
  #isCleared = false;

  constructor(
    scheduler: TimerScheduler,
    callback: (...values: unknown[]) => void,
    delayMs: unknown,
    repeats: boolean,
    values: readonly unknown[],
  ) {
    const delay = Number(delayMs);
    this.#scheduler = scheduler;
    this.#callback = callback;
    this.#values = values;
    this.#delayUs = (delay >= 1 && delay <= MAX_DELAY_MS ? Math.trunc(delay) : 1) * 1000;
    this.#repeats = repeats;
    this.#liveness = new Liveness(scheduler.context);
    this.#entry = scheduler.context.timers.create(expire, this);
    this.#start();
  }

  /** Called when the time has come. */
  run(): void {
    if (this.#repeats) {
      this.#start();
    } else {
      this.#liveness.setActive(false);
      this.#forgetNumber();
    }
    this.#callback.apply(this, this.#values as unknown[]);
  }

  expire(): void {
    this.#scheduler.expire(this);
  }

  /** Starts the time anew, also after the callback was called. */
  refresh(): this {
    if (!this.#isCleared) {
      this.#scheduler.withdraw(this);
      this.#start();
    }
    return this;
  }

  /** Lets the system live while this timer is pending (the default). */
  ref(): this {
    this.#liveness.setReferenced(true);
    return this;
  }

  /** Lets the system end though this timer is pending. */
  unref(): this {
    this.#liveness.setReferenced(false);
    return this;
  }

  hasRef(): boolean {
    return this.#liveness.referenced;
  }

  /** Cancels the timer, as `clearTimeout` does. */
  close(): this {
    this.#isCleared = true;
    this.#entry.cancel();
    this.#scheduler.withdraw(this);
    this.#liveness.setActive(false);
    this.#forgetNumber();
    return this;
  }

  /** A number that `clearTimeout` understands. */
  [Symbol.toPrimitive](): number {
    if (this.#number === 0) {
      this.#number = this.#scheduler.takeNumber();
      if (!this.#isCleared) this.#scheduler.numbered.set(this.#number, this);
    }
    return this.#number;
  }

  #forgetNumber(): void {
    if (this.#number !== 0) this.#scheduler.numbered.delete(this.#number);
  }

  #start(): void {
    this.#liveness.setActive(true);
    this.#entry.set(this.#scheduler.context.nowUs() + this.#delayUs);
  }
}

function expire(timer: Timeout): void {
  timer.expire();
}
