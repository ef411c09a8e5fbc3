import { codedError } from "./argument-errors.ts";
import { errnoCode, errnoNumber, errnoText } from "./errno.ts";

/** What Node adds to an `Error` that came from the system. */
export interface SystemError extends Error {
  errno: number;
  code: string;
  syscall: string;
  path?: string;
  dest?: string;
}

/** A `SystemError` of a socket. */
export interface AddressError extends Error {
  errno: number;
  code: string;
  syscall: string;
  address: string;
  port?: number;
}

/** A `SystemError` of name resolution. */
export interface ResolutionError extends Error {
  errno: number | undefined;
  code: string;
  syscall: string;
  hostname?: string;
}

/**
 * The error that Node reports for a failed call of the file system:
 * `ENOENT: no such file or directory, rename '/a' -> '/b'`.
 *
 * @param code A symbol ("ENOENT") or an error number of either sign.
 * @param syscall The name that Node gives the call: "open", "scandir".
 * @returns An `Error` with `errno` (negative), `code`, `syscall` and, where given, `path` and `dest`.
 */
export function systemError(
  code: string | number,
  syscall: string,
  path?: string,
  dest?: string,
): SystemError {
  const symbol = typeof code === "number" ? errnoCode(code) : code;
  let message = `${symbol}: ${errnoText(symbol)}, ${syscall}`;
  if (path !== undefined) message += ` '${path}'`;
  if (dest !== undefined) message += ` -> '${dest}'`;
  const error = new Error(message) as SystemError;
  error.errno = typeof code === "number" ? -Math.abs(code) : errnoNumber(code);
  error.code = symbol;
  error.syscall = syscall;
  if (path !== undefined) error.path = path;
  if (dest !== undefined) error.dest = dest;
  return error;
}

/**
 * The error of a call on a connection: `connect ECONNREFUSED 10.0.2.2:81`.
 *
 * @param port 0 or absent leaves the port out, as Node does.
 * @param local The own end, shown as ` - Local (10.0.2.15:49152)`.
 * @returns An `Error` with `errno`, `code`, `syscall`, `address` and, where given, `port`.
 */
export function addressError(
  code: string | number,
  syscall: string,
  address: string,
  port?: number,
  local?: string,
): AddressError {
  const symbol = typeof code === "number" ? errnoCode(code) : code;
  const place = port !== undefined && port > 0 ? `${address}:${port}` : address;
  const own = local === undefined ? "" : ` - Local (${local})`;
  const error = new Error(`${syscall} ${symbol} ${place}${own}`) as AddressError;
  error.errno = typeof code === "number" ? -Math.abs(code) : errnoNumber(code);
  error.code = symbol;
  error.syscall = syscall;
  error.address = address;
  if (port !== undefined && port > 0) error.port = port;
  return error;
}

/**
 * The error of taking an address, with the text of the cause:
 * `listen EADDRINUSE: address already in use 0.0.0.0:80`.
 *
 * @returns An `Error` with `code`, `errno`, `syscall`, `address` and, where given, `port`.
 */
export function bindError(
  code: string | number,
  syscall: string,
  address: string,
  port?: number,
): AddressError {
  const symbol = typeof code === "number" ? errnoCode(code) : code;
  const place = port !== undefined && port > 0 ? `${address}:${port}` : address;
  const error = new Error(
    `${syscall} ${symbol}: ${errnoText(symbol)} ${place}`.trimEnd(),
  ) as AddressError;
  error.code = symbol;
  error.errno = typeof code === "number" ? -Math.abs(code) : errnoNumber(code);
  error.syscall = syscall;
  error.address = address;
  if (port !== undefined && port > 0) error.port = port;
  return error;
}

/**
 * The error of a call on a socket that has no address to show: `read ECONNRESET`.
 *
 * @returns An `Error` with `errno`, `code` and `syscall`.
 */
export function socketError(code: string | number, syscall: string): SystemError {
  const symbol = typeof code === "number" ? errnoCode(code) : code;
  const error = new Error(`${syscall} ${symbol}`) as SystemError;
  error.errno = typeof code === "number" ? -Math.abs(code) : errnoNumber(code);
  error.code = symbol;
  error.syscall = syscall;
  return error;
}

/**
 * The error of name resolution: `getaddrinfo ENOTFOUND host.example`, `queryA ETIMEOUT host.example`.
 *
 * @param code A symbol of `getaddrinfo` or of `dns`: "ENOTFOUND", "EAI_AGAIN", "ESERVFAIL".
 * @returns An `Error` with `errno`, `code`, `syscall` and, where given, `hostname`. As in Node,
 *   `errno` is a number for `getaddrinfo` only.
 */
export function resolutionError(code: string, syscall: string, hostname?: string): ResolutionError {
  const place = hostname === undefined || hostname === "" ? "" : ` ${hostname}`;
  const error = new Error(`${syscall} ${code}${place}`) as ResolutionError;
  error.errno =
    syscall === "getaddrinfo" ? errnoNumber(code === "ENOTFOUND" ? "EAI_NONAME" : code) : undefined;
  error.code = code;
  error.syscall = syscall;
  if (hostname !== undefined && hostname !== "") error.hostname = hostname;
  return error;
}

/** @returns True for an error that one of these functions (or Node's system) made. */
export function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && typeof (error as Partial<SystemError>).syscall === "string";
}

/**
 * Node's `SystemError`, in which a code of Node's own wraps an error of the system.
 *
 * @param summary The first words of the message.
 */
export function describedError(
  code: string,
  summary: string,
  syscall: string,
  errnoCode: string,
  message: string,
  path: string,
): Error {
  const text = `${summary}: ${syscall} returned ${errnoCode} (${message}) ${path}`;
  const errno = -errnoNumber(errnoCode);
  const error = codedError(code, text);
  const info = { code: errnoCode, message, path, syscall, errno };
  Object.defineProperty(error, "name", {
    value: "SystemError",
    configurable: true,
    writable: true,
  });
  return Object.assign(error, { info, errno, syscall, path });
}
