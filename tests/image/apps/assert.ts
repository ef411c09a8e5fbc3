/** The part of `node:assert/strict` that the contract suite uses, where there is no Node. */

function show(value: unknown): string {
  return ArrayBuffer.isView(value) ? `${(value as Uint8Array).length} bytes` : String(value);
}

function fail(message: string): never {
  throw new Error(message);
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) =>
    isSame((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]),
  );
}

function equal(actual: unknown, expected: unknown, message = ""): void {
  if (!Object.is(actual, expected)) fail(`${message}: ${show(actual)} is not ${show(expected)}`);
}

function ok(value: unknown, message = "not true"): void {
  if (!value) fail(message);
}

function deepEqual(actual: unknown, expected: unknown, message = "not the same"): void {
  if (!isSame(actual, expected)) fail(message);
}

function throws(run: () => unknown, type: new () => Error, message = ""): void {
  try {
    run();
  } catch (error) {
    if (error instanceof type) return;
    fail(`${message}: threw ${String(error)}`);
  }
  fail(`${message}: did not throw`);
}

const assert: {
  readonly fail: typeof fail;
  readonly equal: typeof equal;
  readonly ok: typeof ok;
  readonly deepEqual: typeof deepEqual;
  readonly throws: typeof throws;
} = { fail, equal, ok, deepEqual, throws };

export default assert;
