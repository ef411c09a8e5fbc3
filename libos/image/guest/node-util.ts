/** `node:util` in an image: what packages use most; the rest is left out. */
import { isDeepEqual } from "./deep-equal.ts";
import { parseArgs, stripVTControlCharacters, styleText } from "./node-util-text.ts";
import * as types from "./node-util-types.ts";
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

/** As `format`; the options are those of `inspect`. */
export function formatWithOptions(_options: object, ...values: unknown[]): string {
  return formatAll(values);
}

/** Whether two values hold the same, by the rules of `assert.deepStrictEqual`. */
export function isDeepStrictEqual(a: unknown, b: unknown): boolean {
  return isDeepEqual(a, b, true);
}

/** Text without halves of surrogate pairs. */
export function toUSVString(text: string): string {
  return String(text).toWellFormed();
}

/** Resolves when a signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

export { parseArgs, stripVTControlCharacters, styleText, types };

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
  debug: debuglog,
  formatWithOptions,
  isArray: Array.isArray,
  isDeepStrictEqual,
  parseArgs,
  stripVTControlCharacters,
  styleText,
  toUSVString,
  aborted,
  types,
  TextDecoder,
  TextEncoder,
};
export default util;
