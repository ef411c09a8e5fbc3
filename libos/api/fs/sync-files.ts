import { Buffer } from "buffer";
import { invalidArgValue, outOfRange, validateInteger } from "../shared/errors.ts";
import {
  toBytes,
  toFd,
  toFlags,
  toMode,
  toPosition,
  validateView,
  validateViews,
} from "./arguments.ts";
import { check, type FsContext } from "./context.ts";
import { toPath } from "./paths.ts";

/** Where a read or write takes place in memory and in the file. */
interface Range {
  offset?: number | null;
  length?: number | null;
  position?: number | bigint | null;
}

/** Operations on descriptors. */
export interface SyncFiles {
  openSync(path: unknown, flags?: unknown, mode?: unknown): number;
  closeSync(fd: unknown): void;
  readSync(
    fd: unknown,
    buffer: unknown,
    offsetOrOptions?: unknown,
    length?: unknown,
    position?: unknown,
  ): number;
  readvSync(fd: unknown, buffers: unknown, position?: unknown): number;
  writeSync(
    fd: unknown,
    data: unknown,
    offsetOrOptions?: unknown,
    length?: unknown,
    position?: unknown,
  ): number;
  writevSync(fd: unknown, buffers: unknown, position?: unknown): number;
  ftruncateSync(fd: unknown, length?: unknown): void;
  fsyncSync(fd: unknown): void;
  fdatasyncSync(fd: unknown): void;
}

export function createSyncFiles(context: FsContext): SyncFiles {
  const { vfs } = context;

  function openSync(path: unknown, flags?: unknown, mode?: unknown): number {
    const name = toPath(path);
    const bits = toFlags(flags);
    const permissions = mode === undefined ? 0o666 : toMode(mode, "mode", 0o666);
    const fd = vfs.open(name, bits, permissions);
    return fd < 0 ? check(fd, "open", name) : fd;
  }

  function closeSync(fd: unknown): void {
    check(vfs.close(toFd(fd)), "close");
  }

  function readSync(
    fd: unknown,
    buffer: unknown,
    offsetOrOptions?: unknown,
    length?: unknown,
    position?: unknown,
  ): number {
    const descriptor = toFd(fd);
    validateView(buffer);
    let offset = offsetOrOptions;
    if (offset !== null && typeof offset === "object") {
      ({ offset, length, position } = rangeOf(offset, buffer.byteLength));
    }
    offset ??= 0;
    validateInteger(offset, "offset", 0);
    const wanted = length === undefined ? buffer.byteLength - offset : (length as number) | 0;
    if (wanted === 0) return 0;
    if (buffer.byteLength === 0) {
      throw invalidArgValue("buffer", buffer, "is empty and cannot be written");
    }
    checkReadRange(offset, wanted, buffer.byteLength);
    const at = toPosition(position, wanted);
    const count = vfs.read(descriptor, toBytes(buffer), offset, wanted, at);
    return count < 0 ? check(count, "read") : count;
  }

  function readvSync(fd: unknown, buffers: unknown, position?: unknown): number {
    const descriptor = toFd(fd);
    validateViews(buffers);
    let at = typeof position === "number" ? position : -1;
    let total = 0;
    for (const view of buffers) {
      const count = vfs.read(descriptor, toBytes(view), 0, view.byteLength, at);
      if (count < 0 && total > 0) break;
      check(count, "read");
      total += count;
      if (at >= 0) at += count;
      if (count < view.byteLength) break;
    }
    return total;
  }

  function writeSync(
    fd: unknown,
    data: unknown,
    offsetOrOptions?: unknown,
    length?: unknown,
    position?: unknown,
  ): number {
    const descriptor = toFd(fd);
    if (typeof data === "string") return writeText(descriptor, data, offsetOrOptions, length);
    validateView(data, "buffer", true);
    let offset: unknown = offsetOrOptions ?? 0;
    if (typeof offset === "object") {
      ({ offset, length, position } = rangeOf(offset as Range, data.byteLength));
      offset ??= 0;
    }
    validateInteger(offset, "offset", 0);
    const wanted = typeof length === "number" ? length : data.byteLength - offset;
    checkWriteRange(offset, wanted, data.byteLength);
    const at = typeof position === "number" || typeof position === "bigint" ? Number(position) : -1;
    const count = vfs.write(descriptor, toBytes(data), offset, wanted, at);
    return count < 0 ? check(count, "write") : count;
  }

  function writeText(fd: number, text: string, position: unknown, encoding: unknown): number {
    const known = Buffer.isEncoding(encoding as string) ? (encoding as BufferEncoding) : "utf8";
    const bytes = Buffer.from(text, known);
    const at = typeof position === "number" ? position : -1;
    return check(vfs.write(fd, bytes, 0, bytes.length, at), "write");
  }

  function writevSync(fd: unknown, buffers: unknown, position?: unknown): number {
    const descriptor = toFd(fd);
    validateViews(buffers);
    let at = typeof position === "number" ? position : -1;
    let total = 0;
    for (const view of buffers) {
      const count = vfs.write(descriptor, toBytes(view), 0, view.byteLength, at);
      if (count < 0 && total > 0) break;
      check(count, "write");
      total += count;
      if (at >= 0) at += count;
      if (count < view.byteLength) break;
    }
    return total;
  }

  function ftruncateSync(fd: unknown, length: unknown = 0): void {
    const descriptor = toFd(fd);
    validateInteger(length, "len");
    check(vfs.ftruncate(descriptor, Math.max(0, length)), "ftruncate");
  }

  return {
    openSync,
    closeSync,
    readSync,
    readvSync,
    writeSync,
    writevSync,
    ftruncateSync,
    fsyncSync: (fd) => void check(vfs.fsync(toFd(fd)), "fsync"),
    fdatasyncSync: (fd) => void check(vfs.fsync(toFd(fd)), "fdatasync"),
  };
}

function rangeOf(options: Range, byteLength: number): Range {
  const offset = options.offset ?? 0;
  return {
    offset,
    length: options.length ?? byteLength - offset,
    position: options.position ?? null,
  };
}

/** @throws ERR_OUT_OF_RANGE with Node's texts for a read. */
export function checkReadRange(offset: number, length: number, byteLength: number): void {
  if (offset < 0) throw outOfRange("offset", ">= 0", offset);
  if (length < 0) throw outOfRange("length", ">= 0", length);
  if (offset + length > byteLength) {
    throw outOfRange("length", `<= ${byteLength - offset}`, length);
  }
}

/** @throws ERR_OUT_OF_RANGE with Node's texts for a write. */
export function checkWriteRange(offset: number, length: number, byteLength: number): void {
  if (offset > byteLength) throw outOfRange("offset", `<= ${byteLength}`, offset);
  if (length > byteLength - offset) throw outOfRange("length", `<= ${byteLength - offset}`, length);
  if (length < 0) throw outOfRange("length", ">= 0", length);
}
