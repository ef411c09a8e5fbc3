import { codedError, type CodedError } from "./argument-errors.ts";
import { describeReceived } from "./describe-value.ts";

/** ERR_SOCKET_BAD_PORT: `Port should be >= 0 and < 65536. Received type number (70000).` */
export function badPort(name: string, port: unknown, allowZero = true): CodedError {
  return codedError(
    "ERR_SOCKET_BAD_PORT",
    `${name} should be ${allowZero ? ">=" : ">"} 0 and < 65536. Received ${describeReceived(port)}.`,
    RangeError,
  );
}

/**
 * @returns `port` as a number.
 * @throws ERR_SOCKET_BAD_PORT unless it is 0 .. 65535, as a number or as a text with one.
 */
export function validatePort(port: unknown, name = "Port", allowZero = true): number {
  const isText = typeof port === "string" && port.trim() !== "";
  const value = isText ? Number(port) : port;
  if (
    typeof value !== "number" ||
    value !== value >>> 0 ||
    value > 0xffff ||
    (value === 0 && !allowZero)
  ) {
    throw badPort(name, port, allowZero);
  }
  return value;
}
