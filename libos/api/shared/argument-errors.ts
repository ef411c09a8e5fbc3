import { describeReceived, groupDigits, inspectValue } from "./describe-value.ts";

/** An error with a code of Node's own: `TypeError [ERR_INVALID_ARG_TYPE]: …`. */
export interface CodedError extends Error {
  code: string;
}

type ErrorClass = new (message: string) => Error;
type CaptureStackTrace = (target: object, above?: unknown) => void;

/**
 * An error with `code`, as Node's internals make it: `error.name` stays "TypeError", while the text
 * and the first line of the stack read `TypeError [ERR_…]: message`.
 *
 * @param Base `Error`, `TypeError` or `RangeError`.
 */
export function codedError(code: string, message: string, Base: ErrorClass = Error): CodedError {
  const error = new Base(message) as CodedError;
  const name = error.name;
  const capture = (Error as { captureStackTrace?: CaptureStackTrace }).captureStackTrace;
  if (capture !== undefined) {
    error.name = `${name} [${code}]`;
    capture(error, codedError);
    void error.stack; // V8 formats the text, with the name of the moment, when it is first read.
    delete (error as Partial<CodedError>).name;
  }
  error.code = code;
  Object.defineProperty(error, "toString", {
    value: () => `${name} [${code}]: ${error.message}`,
    enumerable: false,
    configurable: true,
    writable: true,
  });
  return error;
}

const PRIMITIVE_TYPES: readonly string[] = [
  "string",
  "function",
  "number",
  "object",
  "Function",
  "Object",
  "boolean",
  "bigint",
  "symbol",
];

const CLASS_NAME = /^(?:[A-Z][a-z0-9]*)+$/;

function oneOf(words: readonly string[]): string {
  if (words.length < 3) return words.join(" or ");
  return `${words.slice(0, -1).join(", ")}, or ${words.at(-1)}`;
}

/** `of type string or an instance of Buffer or URL`, or `one of …`. */
function expectation(expected: readonly string[]): string {
  const types = expected
    .filter((word) => PRIMITIVE_TYPES.includes(word))
    .map((word) => (word === "Object" ? "object" : word.toLowerCase()));
  const words = expected.filter((word) => !PRIMITIVE_TYPES.includes(word));
  const classes = words.filter((word) => CLASS_NAME.test(word));
  const others = words.filter((word) => !CLASS_NAME.test(word));
  const parts: string[] = [];
  if (types.length > 0)
    parts.push(`${types.length > 1 ? "one of type" : "of type"} ${oneOf(types)}`);
  if (classes.length > 0) parts.push(`an instance of ${oneOf(classes)}`);
  if (others.length > 1) parts.push(`one of ${oneOf(others)}`);
  else if (others.length === 1) {
    const word = others[0]!;
    parts.push(word === word.toLowerCase() ? word : `an ${word}`);
  }
  return parts.join(" or ");
}

/**
 * ERR_INVALID_ARG_TYPE: `The "path" argument must be of type string or an instance of Buffer or
 * URL. Received type number (5)`.
 *
 * @param name The argument's name; one with a dot ("options.mode") is called a property, one that
 *   ends in " argument" is taken as it is.
 * @param expected Types in lower case ("string"), classes ("Buffer"), or other words.
 */
export function invalidArgType(
  name: string,
  expected: string | readonly string[],
  received: unknown,
): CodedError {
  const kind = name.includes(".") ? "property" : "argument";
  const subject = name.endsWith(" argument") ? `The ${name}` : `The "${name}" ${kind}`;
  const wanted = expectation(typeof expected === "string" ? [expected] : expected);
  return codedError(
    "ERR_INVALID_ARG_TYPE",
    `${subject} must be ${wanted}. Received ${describeReceived(received)}`,
    TypeError,
  );
}

/** ERR_INVALID_ARG_VALUE: `The argument 'flags' is invalid. Received 'zz'`. */
export function invalidArgValue(
  name: string,
  received: unknown,
  reason = "is invalid",
  Base: ErrorClass = TypeError,
): CodedError {
  let shown = inspectValue(received);
  if (shown.length > 128) shown = `${shown.slice(0, 128)}...`;
  const kind = name.includes(".") ? "property" : "argument";
  return codedError(
    "ERR_INVALID_ARG_VALUE",
    `The ${kind} '${name}' ${reason}. Received ${shown}`,
    Base,
  );
}

/** ERR_OUT_OF_RANGE: `The value of "fd" is out of range. It must be >= 0 && <= 2147483647. Received -1`. */
export function outOfRange(name: string, range: string, received: unknown): CodedError {
  let shown: string;
  if (typeof received === "number" && Number.isInteger(received) && Math.abs(received) > 2 ** 32) {
    shown = groupDigits(String(received));
  } else if (typeof received === "bigint") {
    const large = received > 2n ** 32n || received < -(2n ** 32n);
    shown = `${large ? groupDigits(String(received)) : String(received)}n`;
  } else {
    shown = inspectValue(received);
  }
  return codedError(
    "ERR_OUT_OF_RANGE",
    `The value of "${name}" is out of range. It must be ${range}. Received ${shown}`,
    RangeError,
  );
}

/** ERR_MISSING_ARGS: `The "options" or "port" or "path" argument must be specified`. */
export function missingArgs(...names: readonly string[]): CodedError {
  const quoted = names.map((name) => `"${name}"`);
  const list =
    quoted.length === 1
      ? `${quoted[0]} argument`
      : quoted.length === 2
        ? `${quoted[0]} and ${quoted[1]} arguments`
        : `${quoted.slice(0, -1).join(", ")}, and ${quoted.at(-1)} arguments`;
  return codedError("ERR_MISSING_ARGS", `The ${list} must be specified`, TypeError);
}

/**
 * The error with which a cancelled operation ends: name "AbortError", code "ABORT_ERR".
 *
 * @param reason `signal.reason`, kept as `cause`.
 */
export function abortError(reason?: unknown): CodedError {
  const error = new Error(
    "The operation was aborted",
    reason === undefined ? undefined : { cause: reason },
  ) as CodedError;
  error.code = "ABORT_ERR";
  error.name = "AbortError";
  return error;
}
