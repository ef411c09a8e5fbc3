/** Node's `timers` over the kernel's timers: `createTimers` makes the module for one system. */
import type { CoreContext } from "../shared/context.ts";
import { validateFunction } from "../shared/errors.ts";
import { Immediate, ImmediateQueue } from "./immediate.ts";
import { createTimersPromises, type TimersPromises } from "./promises.ts";
import { Timeout, TimerScheduler } from "./timeout.ts";

export { Immediate } from "./immediate.ts";
export type { TimerPromiseOptions, TimersPromises } from "./promises.ts";
export { MAX_DELAY_MS, Timeout } from "./timeout.ts";

/** The module `timers` of one system; its functions also serve as the application's globals. */
export interface TimersModule {
  /**
   * Calls `callback` with `values` once, no sooner than after `delayMs`.
   *
   * @param delayMs 1 .. 2^31 - 1, fractions cut off; anything else counts as 1.
   * @throws ERR_INVALID_ARG_TYPE unless `callback` is a function.
   */
  setTimeout<Values extends unknown[]>(
    callback: (...values: Values) => void,
    delayMs?: number,
    ...values: Values
  ): Timeout;
  /** As `setTimeout`, again and again until it is cleared. */
  setInterval<Values extends unknown[]>(
    callback: (...values: Values) => void,
    delayMs?: number,
    ...values: Values
  ): Timeout;
  /** Calls `callback` in a later turn, after promise reactions and before any timer set now. */
  setImmediate<Values extends unknown[]>(
    callback: (...values: Values) => void,
    ...values: Values
  ): Immediate;
  clearTimeout(timer: Timeout | number | string | undefined | null): void;
  clearInterval(timer: Timeout | number | string | undefined | null): void;
  clearImmediate(immediate: Immediate | undefined | null): void;
  readonly promises: TimersPromises;
}

/** `util.promisify(setTimeout)` finds the promise's version under this symbol. */
const PROMISIFY = Symbol.for("nodejs.util.promisify.custom");

/** Makes `timers` for one system. */
export function createTimers(context: CoreContext): TimersModule {
  const scheduler = new TimerScheduler(context);
  const immediates = new ImmediateQueue(context);

  function setTimeout(callback: unknown, delayMs?: unknown, ...values: unknown[]): Timeout {
    validateFunction(callback, "callback");
    return new Timeout(scheduler, callback as () => void, delayMs, false, values);
  }

  function setInterval(callback: unknown, delayMs?: unknown, ...values: unknown[]): Timeout {
    validateFunction(callback, "callback");
    return new Timeout(scheduler, callback as () => void, delayMs, true, values);
  }

  function setImmediate(callback: unknown, ...values: unknown[]): Immediate {
    validateFunction(callback, "callback");
    return new Immediate(immediates, callback as () => void, values);
  }

  function clearTimeout(timer: unknown): void {
    if (timer instanceof Timeout) timer.close();
    else if (typeof timer === "number" || typeof timer === "string") {
      scheduler.numbered.get(Number(timer))?.close();
    }
  }

  const promises = createTimersPromises({ setTimeout, setInterval, setImmediate });
  Object.defineProperty(setTimeout, PROMISIFY, { value: promises.setTimeout });
  Object.defineProperty(setImmediate, PROMISIFY, { value: promises.setImmediate });
  return {
    setTimeout,
    setInterval,
    setImmediate,
    clearTimeout,
    clearInterval: clearTimeout,
    clearImmediate(immediate: unknown): void {
      if (immediate instanceof Immediate) immediate.close();
    },
    promises,
  };
}
