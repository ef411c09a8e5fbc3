/** Node's `timers/promises`. */
import {
  abortError,
  type AbortSignalLike,
  validateAbortSignal,
  validateBoolean,
  validateNumber,
  validateObject,
} from "../shared/errors.ts";
import type { Immediate } from "./immediate.ts";
import type { Timeout } from "./timeout.ts";

export interface TimerPromiseOptions {
  readonly signal?: AbortSignalLike | undefined;
  /** False lets the system end though the timer is pending. */
  readonly ref?: boolean | undefined;
}

export interface TimersPromises {
  /** Resolves with `value` after `delayMs`; rejects with an AbortError when the signal fires. */
  setTimeout<Value = void>(
    delayMs?: number,
    value?: Value,
    options?: TimerPromiseOptions,
  ): Promise<Value>;
  /** Resolves with `value` in a later turn. */
  setImmediate<Value = void>(value?: Value, options?: TimerPromiseOptions): Promise<Value>;
  /** Yields `value` every `delayMs` until the loop is left or the signal fires. */
  setInterval<Value = void>(
    delayMs?: number,
    value?: Value,
    options?: TimerPromiseOptions,
  ): AsyncIterableIterator<Value>;
  readonly scheduler: {
    wait(delayMs: number, options?: TimerPromiseOptions): Promise<void>;
    yield(): Promise<void>;
  };
}

/** The callback timers that these promises stand on. */
export interface CallbackTimers {
  setTimeout(callback: () => void, delayMs?: number): Timeout;
  setInterval(callback: () => void, delayMs?: number): Timeout;
  setImmediate(callback: () => void): Immediate;
}

function validateOptions(options: TimerPromiseOptions): void {
  validateObject(options, "options");
  validateAbortSignal(options.signal, "options.signal");
  if (options.ref !== undefined) validateBoolean(options.ref, "options.ref");
}

/** Runs `start`, and cancels what it started when the signal fires. */
async function cancellable<Value>(
  options: TimerPromiseOptions,
  start: (done: () => void) => Timeout | Immediate,
  value: Value,
): Promise<Value> {
  validateOptions(options);
  const { signal, ref = true } = options;
  if (signal?.aborted) throw abortError(signal.reason);
  return new Promise<Value>((resolve, reject) => {
    const abort = (): void => {
      timer.close();
      reject(abortError(signal?.reason));
    };
    const timer = start(() => {
      signal?.removeEventListener("abort", abort);
      resolve(value);
    });
    if (!ref) timer.unref();
    signal?.addEventListener("abort", abort, { once: true });
  });
}

async function* interval<Value>(
  timers: CallbackTimers,
  delayMs: number | undefined,
  value: Value,
  options: TimerPromiseOptions,
): AsyncGenerator<Value, void, void> {
  validateOptions(options);
  const { signal, ref = true } = options;
  if (signal?.aborted) throw abortError(signal.reason);
  let elapsed = 0;
  let wake: (() => void) | undefined;
  const timer = timers.setInterval(() => {
    elapsed++;
    wake?.();
  }, delayMs);
  if (!ref) timer.unref();
  const abort = (): void => {
    timer.close();
    wake?.();
  };
  signal?.addEventListener("abort", abort, { once: true });
  try {
    for (;;) {
      if (elapsed === 0) await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
      if (signal?.aborted) throw abortError(signal.reason);
      for (; elapsed > 0; elapsed--) yield value;
    }
  } finally {
    timer.close();
    signal?.removeEventListener("abort", abort);
  }
}

/** Makes `timers/promises` over one system's timers. */
export function createTimersPromises(timers: CallbackTimers): TimersPromises {
  const promises: TimersPromises = {
    async setTimeout(delayMs, value, options = {}) {
      if (delayMs !== undefined) validateNumber(delayMs, "delay");
      return cancellable(options, (done) => timers.setTimeout(done, delayMs), value) as Promise<
        NonNullable<typeof value>
      >;
    },
    async setImmediate(value, options = {}) {
      return cancellable(options, (done) => timers.setImmediate(done), value) as Promise<
        NonNullable<typeof value>
      >;
    },
    setInterval(delayMs, value, options = {}) {
      return interval(timers, delayMs, value, options) as AsyncIterableIterator<
        NonNullable<typeof value>
      >;
    },
    scheduler: {
      wait: (delayMs, options) => promises.setTimeout(delayMs, undefined, options),
      yield: () => promises.setImmediate(),
    },
  };
  return promises;
}
