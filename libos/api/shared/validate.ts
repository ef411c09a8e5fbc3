import { invalidArgType, invalidArgValue, outOfRange } from "./argument-errors.ts";

/** As much of an `AbortSignal` as the API needs; a bare engine may lack the class. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** @throws ERR_INVALID_ARG_TYPE unless `value` is a function. */
export function validateFunction(value: unknown, name: string): void {
  if (typeof value !== "function") throw invalidArgType(name, "function", value);
}

/** @throws ERR_INVALID_ARG_TYPE unless `value` is a string. */
export function validateString(value: unknown, name: string): asserts value is string {
  if (typeof value !== "string") throw invalidArgType(name, "string", value);
}

/** @throws ERR_INVALID_ARG_TYPE unless `value` is a boolean. */
export function validateBoolean(value: unknown, name: string): asserts value is boolean {
  if (typeof value !== "boolean") throw invalidArgType(name, "boolean", value);
}

/** @throws ERR_INVALID_ARG_TYPE unless `value` is an object that is not an array. */
export function validateObject(value: unknown, name: string): asserts value is object {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw invalidArgType(name, "Object", value);
  }
}

/**
 * @throws ERR_INVALID_ARG_TYPE when `value` is no number, ERR_OUT_OF_RANGE when it is no integer
 *   between `min` and `max`.
 */
export function validateInteger(
  value: unknown,
  name: string,
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value !== "number") throw invalidArgType(name, "number", value);
  if (!Number.isInteger(value)) throw outOfRange(name, "an integer", value);
  if (value < min || value > max) throw outOfRange(name, `>= ${min} && <= ${max}`, value);
}

/** `validateInteger` for 0 (or 1) .. 2^32 - 1. */
export function validateUint32(
  value: unknown,
  name: string,
  positive = false,
): asserts value is number {
  validateInteger(value, name, positive ? 1 : 0, 4294967295);
}

/** `validateInteger` for the range of a signed 32-bit number. */
export function validateInt32(
  value: unknown,
  name: string,
  min = -2147483648,
  max = 2147483647,
): asserts value is number {
  validateInteger(value, name, min, max);
}

/** @throws ERR_INVALID_ARG_TYPE unless `value` is a number; ERR_OUT_OF_RANGE outside of the range. */
export function validateNumber(
  value: unknown,
  name: string,
  min?: number,
  max?: number,
): asserts value is number {
  if (typeof value !== "number") throw invalidArgType(name, "number", value);
  const low = min !== undefined && value < min;
  const high = max !== undefined && value > max;
  if (low || high || ((min !== undefined || max !== undefined) && Number.isNaN(value))) {
    const parts = [min === undefined ? "" : `>= ${min}`, max === undefined ? "" : `<= ${max}`];
    throw outOfRange(name, parts.filter((part) => part !== "").join(" && "), value);
  }
}

/** @throws ERR_INVALID_ARG_VALUE unless `value` is one of `allowed`. */
export function validateOneOf(value: unknown, name: string, allowed: readonly unknown[]): void {
  if (allowed.includes(value)) return;
  const list = allowed.map((item) => (typeof item === "string" ? `'${item}'` : String(item)));
  throw invalidArgValue(name, value, `must be one of: ${list.join(", ")}`);
}

/** @throws ERR_INVALID_ARG_TYPE unless `signal` is absent or looks like an `AbortSignal`. */
export function validateAbortSignal(signal: unknown, name: string): void {
  if (
    signal !== undefined &&
    (signal === null || typeof signal !== "object" || !("aborted" in signal))
  ) {
    throw invalidArgType(name, "AbortSignal", signal);
  }
}
