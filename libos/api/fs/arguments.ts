import { Buffer } from "buffer";
import {
  O_APPEND,
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
} from "../../../components/vfs/modes.ts";
import {
  codedError,
  invalidArgType,
  invalidArgValue,
  outOfRange,
  validateAbortSignal,
  validateInt32,
  validateInteger,
  validateUint32,
} from "../shared/errors.ts";
import { constants } from "./constants.ts";

/** A name of an encoding, or "buffer" for bytes. */
export type ResultEncoding = string | undefined | null;

const MODE_REASON = "must be a 32-bit unsigned integer or an octal string";

const { O_SYNC } = constants;

/** What each string of flags means (Node's "File system flags"). */
const FLAGS: ReadonlyMap<string, number> = new Map([
  ["r", O_RDONLY],
  ["rs", O_RDONLY | O_SYNC],
  ["sr", O_RDONLY | O_SYNC],
  ["r+", O_RDWR],
  ["rs+", O_RDWR | O_SYNC],
  ["sr+", O_RDWR | O_SYNC],
  ["w", O_TRUNC | O_CREAT | O_WRONLY],
  ["wx", O_TRUNC | O_CREAT | O_WRONLY | O_EXCL],
  ["xw", O_TRUNC | O_CREAT | O_WRONLY | O_EXCL],
  ["w+", O_TRUNC | O_CREAT | O_RDWR],
  ["wx+", O_TRUNC | O_CREAT | O_RDWR | O_EXCL],
  ["xw+", O_TRUNC | O_CREAT | O_RDWR | O_EXCL],
  ["a", O_APPEND | O_CREAT | O_WRONLY],
  ["ax", O_APPEND | O_CREAT | O_WRONLY | O_EXCL],
  ["xa", O_APPEND | O_CREAT | O_WRONLY | O_EXCL],
  ["as", O_APPEND | O_CREAT | O_WRONLY | O_SYNC],
  ["sa", O_APPEND | O_CREAT | O_WRONLY | O_SYNC],
  ["a+", O_APPEND | O_CREAT | O_RDWR],
  ["ax+", O_APPEND | O_CREAT | O_RDWR | O_EXCL],
  ["xa+", O_APPEND | O_CREAT | O_RDWR | O_EXCL],
  ["as+", O_APPEND | O_CREAT | O_RDWR | O_SYNC],
  ["sa+", O_APPEND | O_CREAT | O_RDWR | O_SYNC],
]);

/** @returns `O_` bits of "r+", "wx" and so on, or of a number. */
export function toFlags(flags: unknown, name = "flags"): number {
  if (typeof flags === "number") {
    validateInt32(flags, name);
    return flags;
  }
  if (flags === undefined || flags === null) return O_RDONLY;
  const bits = typeof flags === "string" ? FLAGS.get(flags) : undefined;
  if (bits === undefined) throw invalidArgValue(name, flags);
  return bits;
}

/** @returns The permission bits of a number or of an octal string. */
export function toMode(value: unknown, name: string, whenAbsent?: number): number {
  let mode = value ?? whenAbsent;
  if (typeof mode === "string") {
    if (!/^[0-7]+$/.test(mode)) throw invalidArgValue(name, value, MODE_REASON);
    mode = Number.parseInt(mode, 8);
  }
  validateUint32(mode, name);
  return mode;
}

/** @throws ERR_OUT_OF_RANGE for what is no mode of `access` or `copyFile`. */
export function validateModeBits(mode: unknown): asserts mode is number {
  if (typeof mode !== "number") {
    const message = "mode must be int32 or null/undefined";
    throw codedError("ERR_INVALID_ARG_TYPE", message, TypeError);
  }
  if (Number.isInteger(mode) && mode >= 0 && mode <= 7) return;
  throw codedError("ERR_OUT_OF_RANGE", "mode is out of range: >= 0 && <= 7", RangeError);
}

/** @returns `fd`, an integer from 0 to 2^31 - 1. */
export function toFd(fd: unknown): number {
  if (typeof fd === "number" && (fd | 0) === fd && fd >= 0) return fd;
  validateInt32(fd, "fd", 0, 2147483647);
  return Object.is(fd, -0) ? 0 : fd;
}

/** @returns A user or group; 2^32 - 1 and -1 both mean "as it is". */
export function toOwner(value: unknown, name: string): number {
  validateInteger(value, name, -1, 4294967295);
  return value === 4294967295 ? -1 : value;
}

/**
 * @param value Seconds since the epoch as a number or a string, or a `Date`.
 * @param nowUs Stands for negative numbers, as in Node.
 * @returns Microseconds since the epoch.
 */
export function toTimeUs(value: unknown, nowUs: () => number, name = "time"): number {
  // Only a string that is a number passes: Node compares loosely here.
  if (typeof value === "string" && String(Number(value)) === value) {
    return Math.round(Number(value) * 1e6);
  }
  if (typeof value === "number" && Number.isFinite(value)) {
    return value < 0 ? nowUs() : Math.round(value * 1e6);
  }
  if (value instanceof Date) return value.getTime() * 1000;
  throw invalidArgType(name, ["Date", "Time in seconds"], value);
}

/** @throws ERR_INVALID_ARG_VALUE for what is no encoding. */
export function assertEncoding(encoding: unknown): void {
  if (encoding && !Buffer.isEncoding(encoding as string)) {
    throw invalidArgValue("encoding", encoding, "is invalid encoding");
  }
}

/**
 * The options of a call: an object, or an encoding alone, or nothing.
 *
 * @throws ERR_INVALID_ARG_TYPE, and ERR_INVALID_ARG_VALUE for an unknown encoding.
 */
export function toOptions<T extends object>(options: unknown, defaults: T): T {
  if (options === undefined || options === null || typeof options === "function") return defaults;
  if (typeof options === "string") {
    if (options !== "buffer") assertEncoding(options);
    return { ...defaults, encoding: options };
  }
  if (typeof options !== "object") throw invalidArgType("options", ["string", "Object"], options);
  const given = options as { encoding?: unknown; signal?: unknown };
  if (given.encoding !== "buffer") assertEncoding(given.encoding);
  if (given.signal !== undefined) validateAbortSignal(given.signal, "options.signal");
  return { ...defaults, ...options };
}

/** @returns A name or path in the encoding that was asked for. */
export function encodeName(name: string, encoding: ResultEncoding): string | Buffer {
  if (encoding === undefined || encoding === null || encoding === "utf8" || encoding === "utf-8") {
    return name;
  }
  const bytes = Buffer.from(name, "utf8");
  return encoding === "buffer" ? bytes : bytes.toString(encoding as BufferEncoding);
}

/** @returns The bytes of any `ArrayBufferView`, without a copy. */
export function toBytes(view: ArrayBufferView): Uint8Array {
  if (view instanceof Uint8Array) return view;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** @throws ERR_INVALID_ARG_TYPE for what is no `ArrayBufferView`. */
export function validateView(
  value: unknown,
  name = "buffer",
  alsoString = false,
): asserts value is ArrayBufferView {
  if (ArrayBuffer.isView(value)) return;
  const classes = ["Buffer", "TypedArray", "DataView"];
  throw invalidArgType(name, alsoString ? ["string", ...classes] : classes, value);
}

/** @throws ERR_INVALID_ARG_TYPE for what is no array of views. */
export function validateViews(value: unknown): asserts value is readonly ArrayBufferView[] {
  if (Array.isArray(value) && value.every((item) => ArrayBuffer.isView(item))) return;
  throw invalidArgType("buffers", "ArrayBufferView[]", value);
}

/** @returns A position, or -1 for null, undefined and -1: the descriptor's own. */
export function toPosition(position: unknown, length: number): number {
  if (position === undefined || position === null) return -1;
  if (typeof position === "number") {
    validateInteger(position, "position", -1);
    return position;
  }
  if (typeof position === "bigint") {
    const max = 2n ** 63n - 1n - BigInt(length);
    if (position < -1n || position > max) {
      throw outOfRange("position", `>= -1 && <= ${max}`, position);
    }
    return Number(position);
  }
  throw invalidArgType("position", ["bigint", "integer"], position);
}
