/** Errors that only `dgram` has. */
import { SEND, type SendResult } from "../../../components/ip/mod.ts";
import { codedError, type CodedError } from "../shared/errors.ts";

/** ERR_SOCKET_BAD_TYPE: neither "udp4" nor "udp6". */
export function badType(): CodedError {
  const message = "Bad socket type specified. Valid types are: udp4, udp6";
  return codedError("ERR_SOCKET_BAD_TYPE", message, TypeError);
}

/** ERR_SOCKET_ALREADY_BOUND: a second `bind`. */
export function alreadyBound(): CodedError {
  return codedError("ERR_SOCKET_ALREADY_BOUND", "Socket is already bound");
}

/** ERR_SOCKET_DGRAM_NOT_RUNNING: the socket is closed. */
export function notRunning(): CodedError {
  return codedError("ERR_SOCKET_DGRAM_NOT_RUNNING", "Not running");
}

/** ERR_SOCKET_DGRAM_IS_CONNECTED: it has a peer already. */
export function isConnected(): CodedError {
  return codedError("ERR_SOCKET_DGRAM_IS_CONNECTED", "Already connected");
}

/** ERR_SOCKET_DGRAM_NOT_CONNECTED: it has no peer. */
export function notConnected(): CodedError {
  return codedError("ERR_SOCKET_DGRAM_NOT_CONNECTED", "Not connected");
}

/** ERR_SOCKET_BAD_BUFFER_SIZE: a buffer's size that is no positive integer. */
export function badBufferSize(): CodedError {
  const message = "Buffer size must be a positive integer";
  return codedError("ERR_SOCKET_BAD_BUFFER_SIZE", message, TypeError);
}

/** ERR_SOCKET_BUFFER_SIZE: buffer sizes of a socket that is not bound. */
export function bufferSizeUnknown(call: string): CodedError {
  return codedError(
    "ERR_SOCKET_BUFFER_SIZE",
    `Could not get or set buffer size: ${call} returned EBADF (bad file descriptor)`,
  );
}

/** ERR_BUFFER_OUT_OF_BOUNDS: `offset` or `length` beyond the message. */
export function outOfBounds(name: string): CodedError {
  const message = `"${name}" is outside of buffer bounds`;
  return codedError("ERR_BUFFER_OUT_OF_BOUNDS", message, RangeError);
}

/** @returns What POSIX calls a datagram's fate; undefined when it is on its way. */
export function sendErrorCode(result: SendResult): string | undefined {
  switch (result) {
    case SEND.OK:
      return undefined;
    case SEND.NO_ROUTE:
      return "ENETUNREACH";
    case SEND.TOO_BIG:
      return "EMSGSIZE";
    case SEND.DENIED:
      return "EACCES";
    default:
      return "ENOBUFS";
  }
}
