/** Errors that only `net` has; the shared shapes are in `libos/api/shared/errors.ts`. */
import { codedError, type CodedError } from "../shared/errors.ts";

/** ERR_SOCKET_CLOSED: an operation on a socket that has no connection. */
export function socketClosed(): CodedError {
  return codedError("ERR_SOCKET_CLOSED", "Socket is closed");
}

/** ERR_SOCKET_CLOSED_BEFORE_CONNECTION: what a queued write gets when connecting was given up. */
export function closedBeforeConnection(): CodedError {
  return codedError(
    "ERR_SOCKET_CLOSED_BEFORE_CONNECTION",
    "Socket closed before the connection was established",
  );
}

/** ERR_SOCKET_CONNECTION_TIMEOUT: no address was tried before connecting was given up. */
export function connectionTimeout(): CodedError {
  return codedError("ERR_SOCKET_CONNECTION_TIMEOUT", "Socket connection timeout");
}

/** ERR_SERVER_ALREADY_LISTEN: `listen` on a server that listens. */
export function alreadyListening(): CodedError {
  return codedError(
    "ERR_SERVER_ALREADY_LISTEN",
    "Listen method has been called more than once without closing.",
  );
}

/** ERR_SERVER_NOT_RUNNING: `close` on a server that does not listen. */
export function notRunning(): CodedError {
  return codedError("ERR_SERVER_NOT_RUNNING", "Server is not running.");
}

/** ERR_MISSING_ARGS: `connect` without a place to connect to. */
export function missingPlace(): CodedError {
  const message = 'The "options" or "port" or "path" argument must be specified';
  return codedError("ERR_MISSING_ARGS", message, TypeError);
}

/** ERR_INVALID_IP_ADDRESS: `Invalid IP address: x`. */
export function invalidIp(address: unknown): CodedError {
  return codedError("ERR_INVALID_IP_ADDRESS", `Invalid IP address: ${String(address)}`, TypeError);
}

/** ERR_INVALID_ADDRESS: a text that `SocketAddress` does not understand. */
export function invalidAddress(): CodedError {
  return codedError("ERR_INVALID_ADDRESS", "Invalid socket address");
}

/** ERR_INVALID_ADDRESS_FAMILY: a `lookup` function answered with neither 4 nor 6. */
export function invalidFamily(family: unknown, host: unknown, port: unknown): CodedError {
  const error = codedError(
    "ERR_INVALID_ADDRESS_FAMILY",
    `Invalid address family: ${String(family)} ${String(host)}:${String(port)}`,
    RangeError,
  );
  return Object.assign(error, { host, port });
}

/** ERR_IP_BLOCKED: the socket's `blockList` holds the address. */
export function ipBlocked(address: string): CodedError {
  return codedError("ERR_IP_BLOCKED", `IP(${address}) is blocked by net.BlockList`);
}

/** The error of a write after the peer has ended, on a socket that is not half open. */
export function endedByPeer(): CodedError {
  const error = new Error("This socket has been ended by the other party") as CodedError;
  error.code = "EPIPE";
  return error;
}

/** All addresses of a name failed: an `AggregateError` with the code of the first. */
export function allAttemptsFailed(errors: readonly Error[]): Error {
  const error = new AggregateError(errors) as AggregateError & { code?: unknown };
  error.code = (errors[0] as { code?: unknown } | undefined)?.code;
  return error;
}
