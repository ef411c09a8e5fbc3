/**
 * What readable-stream takes from its `ours/errors`, made of the errors that the API has anyway: the
 * same codes and messages, of Node.
 */
import {
  abortError,
  codedError,
  invalidArgType,
  invalidArgValue,
  outOfRange,
} from "../../../api/shared/argument-errors.ts";

/** Called with `new`, as the package calls its classes; the error itself is what comes back. */
type Make = (...values: never[]) => Error;

function plain(message: string, Base: ErrorConstructor | TypeErrorConstructor = Error) {
  return (code: string): Make =>
    function (what?: string) {
      return codedError(code, message.replace("%s", what ?? ""), Base);
    };
}

const MESSAGES: Readonly<Record<string, (code: string) => Make>> = {
  ERR_METHOD_NOT_IMPLEMENTED: plain("The %s method is not implemented"),
  ERR_MULTIPLE_CALLBACK: plain("Callback called multiple times"),
  ERR_STREAM_ALREADY_FINISHED: plain("Cannot call %s after a stream was finished"),
  ERR_STREAM_CANNOT_PIPE: plain("Cannot pipe, not readable"),
  ERR_STREAM_DESTROYED: plain("Cannot call %s after a stream was destroyed"),
  ERR_STREAM_NULL_VALUES: plain("May not write null values to stream", TypeError),
  ERR_STREAM_PREMATURE_CLOSE: plain("Premature close"),
  ERR_STREAM_PUSH_AFTER_EOF: plain("stream.push() after EOF"),
  ERR_STREAM_UNSHIFT_AFTER_END_EVENT: plain("stream.unshift() after end event"),
  ERR_STREAM_WRITE_AFTER_END: plain("write after end"),
  ERR_UNKNOWN_ENCODING: plain("Unknown encoding: %s", TypeError),
};

const codes: Record<string, Make> = {
  ERR_INVALID_ARG_TYPE: function (name: string, expected: string, value: unknown) {
    return invalidArgType(name, expected, value);
  },
  ERR_INVALID_ARG_VALUE: function (name: string, value: unknown) {
    return invalidArgValue(name, value);
  },
  ERR_OUT_OF_RANGE: function (name: string, range: string, value: unknown) {
    return outOfRange(name, range, value);
  },
};
for (const [code, make] of Object.entries(MESSAGES)) codes[code] = make(code);

/** Node's AbortError, for `new AbortError(undefined, { cause })`. */
function AbortError(_message?: string, options?: { cause?: unknown }): Error {
  return abortError(options?.cause);
}

/** Both errors, where an operation and its end have failed. */
function aggregateTwoErrors(inner: unknown, outer: unknown): unknown {
  if (!inner || !outer || inner === outer) return inner || outer;
  const { errors, message, code } = outer as AggregateError & { code?: string };
  if (Array.isArray(errors)) {
    errors.push(inner);
    return outer;
  }
  return Object.assign(new AggregateError([outer, inner], message), { code });
}

const part: object = { codes, AbortError, aggregateTwoErrors };
export default part;
