/** Errors of `http`, with Node's codes and texts. */
import { Buffer } from "buffer";
import type { ParseError } from "../../../components/http/mod.ts";
import { codedError, type CodedError } from "../shared/errors.ts";

export function headersSent(action: string): CodedError {
  return codedError(
    "ERR_HTTP_HEADERS_SENT",
    `Cannot ${action} headers after they are sent to the client`,
  );
}

export function invalidHeaderValue(value: unknown, name: string): CodedError {
  return codedError(
    "ERR_HTTP_INVALID_HEADER_VALUE",
    `Invalid value "${String(value)}" for header "${name}"`,
    TypeError,
  );
}

export function invalidToken(label: string, token: unknown): CodedError {
  return codedError(
    "ERR_INVALID_HTTP_TOKEN",
    `${label} must be a valid HTTP token ["${String(token)}"]`,
    TypeError,
  );
}

export function invalidCharacter(where: string, name?: string): CodedError {
  const suffix = name === undefined ? "" : ` ["${name}"]`;
  return codedError("ERR_INVALID_CHAR", `Invalid character in ${where}${suffix}`, TypeError);
}

export function invalidStatusCode(statusCode: unknown): CodedError {
  return codedError(
    "ERR_HTTP_INVALID_STATUS_CODE",
    `Invalid status code: ${String(statusCode)}`,
    RangeError,
  );
}

export function trailerInvalid(): CodedError {
  return codedError("ERR_HTTP_TRAILER_INVALID", "Trailers are invalid with this transfer encoding");
}

export function bodyNotAllowed(): CodedError {
  return codedError(
    "ERR_HTTP_BODY_NOT_ALLOWED",
    "Adding content for this request method or response status is not allowed.",
  );
}

export function contentLengthMismatch(bodyBytes: number, declaredBytes: number): CodedError {
  return codedError(
    "ERR_HTTP_CONTENT_LENGTH_MISMATCH",
    `Response body's content-length of ${bodyBytes} byte(s) does not match the content-length of ${declaredBytes} byte(s) set in header`,
  );
}

export function socketAssigned(): CodedError {
  return codedError("ERR_HTTP_SOCKET_ASSIGNED", "ServerResponse has an already assigned socket");
}

export function requestTimeout(): CodedError {
  return codedError("ERR_HTTP_REQUEST_TIMEOUT", "Request timeout");
}

export function writeAfterEnd(): CodedError {
  return codedError("ERR_STREAM_WRITE_AFTER_END", "write after end");
}

export function alreadyFinished(method: string): CodedError {
  return codedError(
    "ERR_STREAM_ALREADY_FINISHED",
    `Cannot call ${method} after a stream was finished`,
  );
}

export function streamDestroyed(method: string): CodedError {
  return codedError("ERR_STREAM_DESTROYED", `Cannot call ${method} after a stream was destroyed`);
}

export function nullValues(): CodedError {
  return codedError("ERR_STREAM_NULL_VALUES", "May not write null values to stream", TypeError);
}

export function cannotPipe(): CodedError {
  return codedError("ERR_STREAM_CANNOT_PIPE", "Cannot pipe, not readable");
}

export function methodNotImplemented(method: string): CodedError {
  return codedError("ERR_METHOD_NOT_IMPLEMENTED", `The ${method} method is not implemented`);
}

export function unescapedCharacters(where: string): CodedError {
  return codedError(
    "ERR_UNESCAPED_CHARACTERS",
    `${where} contains unescaped characters`,
    TypeError,
  );
}

export function invalidProtocol(protocol: string, expected: string): CodedError {
  return codedError(
    "ERR_INVALID_PROTOCOL",
    `Protocol "${protocol}" not supported. Expected "${expected}"`,
    TypeError,
  );
}

/** A connection that ended under a message: "socket hang up", "aborted". */
export function connectionReset(message: string): CodedError {
  const error = new Error(message) as CodedError;
  error.code = "ECONNRESET";
  return error;
}

/** What Node adds to the error of a message that its parser refused. */
export interface HttpParseError extends CodedError {
  reason: string;
  /** How much of the last bytes was read. */
  bytesParsed: number;
  rawPacket: Buffer;
}

/** @param bytes The bytes at whose position `bytesParsed` the parser stopped. */
export function parseFailed(
  cause: ParseError,
  bytesParsed: number,
  bytes: Uint8Array,
): HttpParseError {
  const error = new Error(`Parse Error: ${cause.reason}`) as HttpParseError;
  error.bytesParsed = bytesParsed;
  error.code = cause.code;
  error.reason = cause.reason;
  error.rawPacket = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return error;
}
