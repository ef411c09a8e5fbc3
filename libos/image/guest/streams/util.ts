/** What readable-stream takes from its `ours/util`. */
import type { AbortSignalLike } from "../../../api/shared/validate.ts";

const kEmptyObject: object = Object.freeze({});

type AnyFunction = (...values: unknown[]) => unknown;

/** The first call counts. */
function once(callback: AnyFunction): AnyFunction {
  let isCalled = false;
  return function (this: unknown, ...values: unknown[]): void {
    if (isCalled) return;
    isCalled = true;
    callback.apply(this, values);
  };
}

/** Nothing is ever debugged by NODE_DEBUG here. */
function debuglog(): () => void {
  return () => {};
}

/** A list of buffers as it is. */
function inspect(value: unknown): string {
  return String(value);
}

/** Calls `listener` when `signal` is aborted, or soon when it is already. */
export function addAbortListener(signal: AbortSignalLike, listener: () => void): object {
  if (signal.aborted) queueMicrotask(listener);
  else signal.addEventListener("abort", listener, { once: true });
  const stop = (): void => signal.removeEventListener("abort", listener);
  const { dispose } = Symbol as { dispose?: symbol };
  return { [dispose ?? Symbol.for("Symbol.dispose")]: stop };
}

const part: object = { kEmptyObject, once, debuglog, inspect, addAbortListener };
export default part;
