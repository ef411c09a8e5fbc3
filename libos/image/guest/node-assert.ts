/** `node:assert` in an image. Messages that Node makes of a difference are shorter here. */
import { isDeepEqual, isLooselyEqual } from "./deep-equal.ts";
import { inspect } from "./inspect.ts";

interface AssertionDetails {
  readonly message?: string | undefined;
  readonly actual?: unknown;
  readonly expected?: unknown;
  readonly operator?: string;
}

/** What a failed assertion throws. */
export class AssertionError extends Error {
  override readonly name: string = "AssertionError";
  readonly code = "ERR_ASSERTION";
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string | undefined;
  readonly generatedMessage: boolean;

  constructor({ message, actual, expected, operator }: AssertionDetails) {
    super(message ?? `${inspect(actual)} ${operator} ${inspect(expected)}`);
    this.actual = actual;
    this.expected = expected;
    this.operator = operator;
    this.generatedMessage = message === undefined;
  }
}

type Message = string | Error | undefined;
/** A class, a pattern for the message, an object of properties, or a function that says whether it fits. */
type Expected = RegExp | object | ((error: unknown) => boolean);
type Run = () => unknown;

function raise(message: Message, details: AssertionDetails, otherwise: string): never {
  if (message instanceof Error) throw message;
  const error = new AssertionError({ ...details, message: message ?? otherwise });
  throw message === undefined ? Object.assign(error, { generatedMessage: true }) : error;
}

export function ok(...values: unknown[]): void {
  const [value, message] = values as [unknown, Message];
  if (value) return;
  const details = { actual: value, expected: true, operator: "==" };
  const text = "The expression evaluated to a falsy value";
  raise(message, details, values.length === 0 ? "No value argument passed to `assert.ok()`" : text);
}

/** Makes a comparison, and says as Node what was expected. */
function compare(
  operator: string,
  holds: (actual: unknown, expected: unknown) => boolean,
  says: (actual: string, expected: string) => string,
): (actual: unknown, expected: unknown, message?: Message) => void {
  return (actual, expected, message) => {
    if (holds(actual, expected)) return;
    const details = { actual, expected, operator };
    raise(message, details, says(inspect(actual), inspect(expected)));
  };
}

type Comparison = ReturnType<typeof compare>;

export const equal: Comparison = compare("==", isLooselyEqual, (a, b) => `${a} == ${b}`);
export const notEqual: Comparison = compare(
  "!=",
  (a, b) => !isLooselyEqual(a, b),
  (a, b) => `${a} != ${b}`,
);
export const strictEqual: Comparison = compare(
  "strictEqual",
  Object.is,
  (a, b) => `Expected values to be strictly equal:\n\n${a} !== ${b}\n`,
);
export const notStrictEqual: Comparison = compare(
  "notStrictEqual",
  (a, b) => !Object.is(a, b),
  (a) => `Expected "actual" to be strictly unequal to: ${a}`,
);
export const deepEqual: Comparison = compare(
  "deepEqual",
  (a, b) => isDeepEqual(a, b, false),
  (a, b) =>
    `Expected values to be loosely deep-equal:\n\n${a}\n\nshould loosely deep-equal\n\n${b}`,
);
export const notDeepEqual: Comparison = compare(
  "notDeepEqual",
  (a, b) => !isDeepEqual(a, b, false),
  (a) => `Expected "actual" not to be loosely deep-equal to: ${a}`,
);
export const deepStrictEqual: Comparison = compare(
  "deepStrictEqual",
  (a, b) => isDeepEqual(a, b, true),
  (a, b) => `Expected values to be strictly deep-equal:\n\n${a}\n\nshould equal\n\n${b}`,
);
export const notDeepStrictEqual: Comparison = compare(
  "notDeepStrictEqual",
  (a, b) => !isDeepEqual(a, b, true),
  (a) => `Expected "actual" not to be strictly deep-equal to:\n\n${a}`,
);

export function match(text: string, pattern: RegExp, message?: Message): void {
  if (pattern.test(text)) return;
  const otherwise = `The input did not match the regular expression ${pattern}. Input:\n\n${inspect(text)}\n`;
  raise(message, { actual: text, expected: pattern, operator: "match" }, otherwise);
}

export function doesNotMatch(text: string, pattern: RegExp, message?: Message): void {
  if (!pattern.test(text)) return;
  const otherwise = `The input was expected to not match the regular expression ${pattern}. Input:\n\n${inspect(text)}\n`;
  raise(message, { actual: text, expected: pattern, operator: "doesNotMatch" }, otherwise);
}

export function fail(message?: Message): never {
  raise(message, { operator: "fail" }, "Failed");
}

/** Throws unless `value` is null or undefined. */
export function ifError(value: unknown): void {
  if (value === null || value === undefined) return;
  const said = value instanceof Error ? value.message : inspect(value);
  const details = { actual: value, expected: null, operator: "ifError" };
  raise(undefined, details, `ifError got unwanted exception: ${said}`);
}

/** Whether an error is what was expected; what differs throws. */
function expectError(error: unknown, expected: Expected | undefined, message: Message): void {
  if (expected === undefined) return;
  const details = { actual: error, expected, operator: "throws" };
  if (expected instanceof RegExp) {
    if (expected.test(String(error))) return;
    const otherwise = `The input did not match the regular expression ${expected}. Input:\n\n${inspect(String(error))}\n`;
    raise(message, details, otherwise);
  }
  if (typeof expected === "function") {
    if (expected.prototype !== undefined && error instanceof expected) return;
    if (Error.isPrototypeOf(expected)) {
      const received = error instanceof Error ? error.constructor.name : inspect(error);
      const wanted = (expected as { readonly name: string }).name;
      const otherwise = `The error is expected to be an instance of "${wanted}". Received "${received}"`;
      const said = error instanceof Error ? `\n\nError message:\n\n${error.message}` : "";
      raise(message, details, otherwise + said);
    }
    if ((expected as (error: unknown) => boolean).call({}, error) === true) return;
    raise(message, details, 'The validation function is expected to return "true".');
  }
  const keys = Object.keys(expected);
  if (expected instanceof Error) keys.push("name", "message");
  for (const key of keys) {
    const [have, want] = [
      Reflect.get(error as object, key),
      Reflect.get(expected, key),
    ] as unknown[];
    const fits =
      want instanceof RegExp && typeof have === "string"
        ? want.test(have)
        : isDeepEqual(have, want, true);
    if (!fits) raise(message, details, `${key}: ${inspect(have)} !== ${inspect(want)}`);
  }
}

function missing(operator: string, what: string, expected: unknown, message: Message): never {
  const name = typeof expected === "function" ? ` (${expected.name})` : "";
  const end = message === undefined ? "." : `: ${String(message)}`;
  raise(message instanceof Error ? message : undefined, { expected, operator }, what + name + end);
}

/** In Node the second value may be the message already. */
function sort(expected: unknown, message: Message): readonly [Expected | undefined, Message] {
  return typeof expected === "string"
    ? [undefined, expected]
    : [expected as Expected | undefined, message];
}

export function throws(run: Run, ...values: unknown[]): void {
  const [expected, message] = sort(values[0], values[1] as Message);
  try {
    run();
  } catch (error) {
    expectError(error, expected, message);
    return;
  }
  missing("throws", "Missing expected exception", expected, message);
}

export async function rejects(run: Run | Promise<unknown>, ...values: unknown[]): Promise<void> {
  const [expected, message] = sort(values[0], values[1] as Message);
  try {
    await (typeof run === "function" ? run() : run);
  } catch (error) {
    expectError(error, expected, message);
    return;
  }
  missing("rejects", "Missing expected rejection", expected, message);
}

function unwanted(error: unknown, what: string, operator: string, message: unknown): never {
  const end = typeof message === "string" ? `: ${message}` : ".";
  const said = error instanceof Error ? error.message : inspect(error);
  const otherwise = `Got unwanted ${what}${end}\nActual message: "${said}"`;
  raise(undefined, { actual: error, operator }, otherwise);
}

export function doesNotThrow(run: Run, message?: unknown): void {
  try {
    run();
  } catch (error) {
    unwanted(error, "exception", "doesNotThrow", message);
  }
}

export async function doesNotReject(run: Run | Promise<unknown>, message?: unknown): Promise<void> {
  try {
    await (typeof run === "function" ? run() : run);
  } catch (error) {
    unwanted(error, "rejection", "doesNotReject", message);
  }
}

const COMMON = {
  AssertionError,
  ok,
  strictEqual,
  notStrictEqual,
  deepStrictEqual,
  notDeepStrictEqual,
  match,
  doesNotMatch,
  fail,
  ifError,
  throws,
  rejects,
  doesNotThrow,
  doesNotReject,
};

type Assert = typeof ok & Record<string, unknown>;
const make = (more: object): Assert =>
  Object.assign((...values: unknown[]) => ok(...values), COMMON, more) as unknown as Assert;

/** `node:assert/strict`: `equal` and its like are the strict ones. */
export const strict: Assert = make({
  equal: strictEqual,
  notEqual: notStrictEqual,
  deepEqual: deepStrictEqual,
  notDeepEqual: notDeepStrictEqual,
});
strict["strict"] = strict;
/** The module itself, which is a function. */
const assert: Assert = make({ equal, notEqual, deepEqual, notDeepEqual, strict });
export default assert;
