/** `node:util` in an image: what packages use most; the rest is left out. */
import { format as formatAll, inspect as inspectOne } from "./inspect.ts";

type AnyFunction = (...values: unknown[]) => unknown;
/** The symbol under which a function keeps its own version with promises. */
const CUSTOM = Symbol.for("nodejs.util.promisify.custom");

export function format(...values: unknown[]): string {
  return formatAll(values);
}

export const inspect: ((value: unknown) => string) & { custom: symbol } = Object.assign(
  (value: unknown): string => inspectOne(value),
  { custom: Symbol.for("nodejs.util.inspect.custom") },
);

/** A function that ends with a callback `(error, value)`, as one that returns a promise. */
export function promisify(original: AnyFunction): AnyFunction {
  const own = (original as unknown as Record<symbol, AnyFunction | undefined>)[CUSTOM];
  if (own !== undefined) return own;
  return function (this: unknown, ...values: unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, value: unknown): void => {
        if (error) reject(error as Error);
        else resolve(value);
      };
      original.call(this, ...values, settle);
    });
  };
}
Object.defineProperty(promisify, "custom", { value: CUSTOM });

/** A function that returns a promise, as one that ends with a callback `(error, value)`. */
export function callbackify(original: (...values: unknown[]) => Promise<unknown>): AnyFunction {
  return function (this: unknown, ...values: unknown[]): void {
    const callback = values.pop() as (error: unknown, value?: unknown) => void;
    original.call(this, ...values).then(
      (value) => process.nextTick(callback, null, value),
      (error: unknown) => process.nextTick(callback, error),
    );
  };
}

export function inherits(child: AnyFunction, parent: AnyFunction): void {
  Object.defineProperty(child, "super_", { value: parent, writable: true, configurable: true });
  Object.setPrototypeOf(child.prototype, parent.prototype as object);
}

/** Warns at the first call. */
export function deprecate(original: AnyFunction, message: string): AnyFunction {
  let isWarned = false;
  return function (this: unknown, ...values: unknown[]): unknown {
    if (!isWarned) process.emitWarning(message);
    isWarned = true;
    return original.call(this, ...values);
  };
}

/** Nothing is ever debugged by NODE_DEBUG here. */
export function debuglog(): AnyFunction & { readonly enabled: boolean } {
  return Object.assign((): void => {}, { enabled: false });
}

export const TextDecoder: typeof globalThis.TextDecoder = globalThis.TextDecoder;
export const TextEncoder: typeof globalThis.TextEncoder = globalThis.TextEncoder;

/** The module itself. */
const util: Readonly<Record<string, unknown>> = {
  format,
  inspect,
  promisify,
  callbackify,
  inherits,
  deprecate,
  debuglog,
  TextDecoder,
  TextEncoder,
};
export default util;
