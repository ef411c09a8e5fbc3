/** The overloads and options of `connect`, `listen` and `Socket`, checked and made uniform. */
import { isIP } from "../shared/ip-text.ts";
import { validatePort } from "../shared/port.ts";
import {
  type AbortSignalLike,
  invalidArgType,
  invalidArgValue,
  outOfRange,
  validateAbortSignal,
  validateBoolean,
  validateFunction,
  validateInt32,
  validateNumber,
  validateOneOf,
  validateString,
} from "../shared/errors.ts";
import type { LookupFunction } from "../dns/lookup.ts";
import type { DuplexOptions } from "../shared/stream.ts";
import { BlockList } from "./block-list.ts";
import { invalidIp, missingPlace } from "./errors.ts";

/** `onread` of `net.Socket`: data goes into one reused buffer instead of `data` events. */
export interface OnReadOptions {
  readonly buffer: Uint8Array | (() => Uint8Array);
  /** @returns False to stop reading until `socket.resume()`. */
  callback(length: number, buffer: Uint8Array): boolean | void;
}

export interface SocketOptions {
  readonly allowHalfOpen?: boolean | undefined;
  readonly readable?: boolean | undefined;
  readonly writable?: boolean | undefined;
  readonly highWaterMark?: number | undefined;
  readonly readableHighWaterMark?: number | undefined;
  readonly writableHighWaterMark?: number | undefined;
  readonly onread?: OnReadOptions | undefined;
  readonly signal?: AbortSignalLike | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly keepAliveInitialDelay?: number | undefined;
  readonly blockList?: BlockList | undefined;
}

export interface ConnectOptions {
  readonly port?: number | string | undefined;
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly family?: 0 | 4 | 6 | "IPv4" | "IPv6" | undefined;
  readonly hints?: number | undefined;
  readonly lookup?: LookupFunction | undefined;
  readonly autoSelectFamily?: boolean | undefined;
  readonly autoSelectFamilyAttemptTimeout?: number | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly keepAliveInitialDelay?: number | undefined;
  readonly blockList?: BlockList | undefined;
  readonly timeout?: number | undefined;
}

/** What `net.connect` takes: the options of the socket and those of its first connection. */
export type NetConnectOptions = SocketOptions & ConnectOptions;

export interface ListenOptions {
  readonly port?: number | string | null | undefined;
  readonly host?: string | undefined;
  readonly backlog?: number | undefined;
  readonly path?: string | undefined;
  readonly fd?: number | undefined;
  readonly exclusive?: boolean | undefined;
  readonly ipv6Only?: boolean | undefined;
  readonly reusePort?: boolean | undefined;
  readonly signal?: AbortSignalLike | undefined;
}

export interface ServerOptions {
  readonly allowHalfOpen?: boolean | undefined;
  readonly pauseOnConnect?: boolean | undefined;
  readonly noDelay?: boolean | undefined;
  readonly keepAlive?: boolean | undefined;
  readonly keepAliveInitialDelay?: number | undefined;
  readonly highWaterMark?: number | undefined;
  readonly blockList?: BlockList | undefined;
}

/** Any of Node's argument lists, as `[options, listener]`. */
export type NormalizedArguments = readonly [
  options: Record<string, unknown>,
  listener: ((...values: unknown[]) => void) | undefined,
];

/** `(options)`, `(path)`, `(port, host)`, each with more and a listener at the end. */
export function normalizeArguments(list: readonly unknown[]): NormalizedArguments {
  const first = list[0];
  let options: Record<string, unknown> = {};
  if (typeof first === "object" && first !== null) {
    options = { ...(first as Record<string, unknown>) };
  } else if (isPipeName(first)) {
    options = { path: first };
  } else if (list.length > 0 && typeof first !== "function") {
    options = { port: first };
    if (list.length > 1 && typeof list[1] === "string") options["host"] = list[1];
  }
  const last = list[list.length - 1];
  return [options, typeof last === "function" ? (last as () => void) : undefined];
}

/** A text that is no number names a Unix domain socket or a pipe. */
function isPipeName(value: unknown): boolean {
  return typeof value === "string" && !(Number(value) >= 0 && value.trim() !== "");
}

/** What one `connect` is to do, checked. */
export interface ConnectPlan {
  readonly port: number;
  readonly host: string;
  readonly path: string | undefined;
  readonly localAddress: string | undefined;
  readonly localPort: number;
  readonly family: number;
  readonly hints: number;
  readonly lookup: LookupFunction | undefined;
  readonly autoSelectFamily: boolean;
  readonly attemptTimeoutMs: number;
}

/** Defaults that a program may set for all its sockets. */
export interface FamilyDefaults {
  autoSelectFamily: boolean;
  attemptTimeoutMs: number;
}

/** Attempts shorter than this make no sense on a network (Node's bound), in milliseconds. */
const MIN_ATTEMPT_TIMEOUT_MS = 10;

/** @throws ERR_MISSING_ARGS, ERR_SOCKET_BAD_PORT, ERR_INVALID_ARG_TYPE, … as Node does. */
export function planConnect(options: ConnectOptions, defaults: FamilyDefaults): ConnectPlan {
  if (options.port === undefined && (options.path === undefined || options.path === null)) {
    throw missingPlace();
  }
  if (options.path) validateString(options.path, "options.path");
  const { localAddress, localPort, autoSelectFamily, autoSelectFamilyAttemptTimeout } = options;
  if (options.host) validateString(options.host, "options.host");
  if (localAddress && isIP(localAddress) === 0) throw invalidIp(localAddress);
  if (localPort) validateNumber(localPort, "options.localPort");
  if (options.port !== undefined) {
    if (typeof options.port !== "number" && typeof options.port !== "string") {
      throw invalidArgType("options.port", ["number", "string"], options.port);
    }
    validatePort(options.port);
  }
  if (autoSelectFamily !== undefined && autoSelectFamily !== null) {
    validateBoolean(autoSelectFamily, "options.autoSelectFamily");
  }
  if (autoSelectFamilyAttemptTimeout !== undefined) {
    validateInt32(autoSelectFamilyAttemptTimeout, "options.autoSelectFamilyAttemptTimeout", 1);
  }
  if (options.lookup !== undefined && options.lookup !== null) {
    validateFunction(options.lookup, "options.lookup");
  }
  const family = FAMILIES.get(options.family) ?? options.family;
  if (options.host && isIP(options.host) === 0) {
    validateOneOf(family ?? 0, "options.family", [0, 4, 6]);
  }
  return {
    port: Number(options.port ?? 0) | 0,
    host: options.host || "localhost",
    path: options.path || undefined,
    localAddress: localAddress || undefined,
    localPort: localPort || 0,
    family: Number(family ?? 0),
    hints: options.hints ?? 0,
    lookup: options.lookup ?? undefined,
    autoSelectFamily: autoSelectFamily ?? defaults.autoSelectFamily,
    attemptTimeoutMs: Math.max(
      autoSelectFamilyAttemptTimeout ?? defaults.attemptTimeoutMs,
      MIN_ATTEMPT_TIMEOUT_MS,
    ),
  };
}

const FAMILIES: ReadonlyMap<unknown, number> = new Map([
  ["IPv4", 4],
  ["IPv6", 6],
]);

/** @throws ERR_INVALID_ARG_VALUE or ERR_INVALID_ARG_TYPE for options that no socket has. */
export function validateSocketOptions(options: SocketOptions): void {
  for (const name of ["objectMode", "readableObjectMode", "writableObjectMode"]) {
    const value = (options as Record<string, unknown>)[name];
    if (value) throw invalidArgValue(`options.${name}`, value, "is not supported");
  }
  validateKeepAliveDelay(options.keepAliveInitialDelay);
  validateAbortSignal(options.signal, "signal");
  if (options.blockList !== undefined && options.blockList !== null) {
    validateBlockList(options.blockList);
  }
}

/** @throws ERR_INVALID_ARG_TYPE unless it is absent or a number. */
export function validateKeepAliveDelay(delayMs: unknown): void {
  if (delayMs !== undefined) validateNumber(delayMs, "options.keepAliveInitialDelay");
}

/** @throws ERR_INVALID_ARG_TYPE unless it is a `BlockList`. */
export function validateBlockList(blockList: unknown): void {
  if (!BlockList.isBlockList(blockList)) {
    throw invalidArgType("options.blockList", "net.BlockList", blockList);
  }
}

/** The longest time that a timer can have in Node, in milliseconds. */
const MAX_TIMEOUT_MS = 0x7fff_ffff;

/** @throws ERR_INVALID_ARG_TYPE or ERR_OUT_OF_RANGE unless it is a time in milliseconds. */
export function validateTimeout(ms: unknown): number {
  if (typeof ms !== "number") throw invalidArgType("msecs", "number", ms);
  if (ms < 0 || !Number.isFinite(ms)) {
    throw outOfRange("msecs", "a non-negative finite number", ms);
  }
  return Math.min(ms, MAX_TIMEOUT_MS);
}

/** Bytes that a socket buffers in each direction before it applies back-pressure, as in Node. */
export const SOCKET_HIGH_WATER_MARK = 65_536;

/** The stream's options. `close` carries whether there was an error: the socket emits it itself. */
export function duplexOptions(options: SocketOptions): DuplexOptions {
  const { highWaterMark = SOCKET_HIGH_WATER_MARK } = options;
  const streamOptions = {
    allowHalfOpen: Boolean(options.allowHalfOpen),
    readable: options.readable !== false,
    writable: options.writable !== false,
    readableHighWaterMark: options.readableHighWaterMark ?? highWaterMark,
    writableHighWaterMark: options.writableHighWaterMark ?? highWaterMark,
    emitClose: false,
    autoDestroy: true,
  };
  return streamOptions;
}
