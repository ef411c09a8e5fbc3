import { Buffer } from "buffer";
import { Readable } from "readable-stream";
import {
  invalidArgType,
  outOfRange,
  validateAbortSignal,
  validateBoolean,
  validateInteger,
} from "../shared/errors.ts";
import { toFd, toOptions } from "./arguments.ts";
import { isFileHandle, type FileHandle } from "./file-handle.ts";
import { toPath } from "./paths.ts";

/** The operations that a stream uses; an application may bring its own as `options.fs`. */
export interface StreamFs {
  open(
    path: string,
    flags: unknown,
    mode: unknown,
    callback: (error: Error | null, fd?: number) => void,
  ): void;
  read(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
    callback: (error: Error | null, count?: number) => void,
  ): void;
  write(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
    callback: (error: Error | null, count?: number) => void,
  ): void;
  fsync(fd: number, callback: (error: Error | null) => void): void;
  close(fd: number, callback: (error: Error | null) => void): void;
}

/** What both kinds of stream take. */
export interface StreamOptions {
  flags?: string | number;
  encoding?: BufferEncoding | null;
  fd?: number | FileHandle | null;
  mode?: number;
  autoClose?: boolean;
  emitClose?: boolean;
  start?: number;
  end?: number;
  highWaterMark?: number;
  flush?: boolean;
  fs?: Partial<StreamFs> | null;
  signal?: AbortSignal;
}

const HIGH_WATER_MARK_BYTES = 65_536;

/** `fs.ReadStream`: the bytes of a file, from `start` to `end`, both included. */
export class ReadStream extends Readable {
  readonly path: string | Buffer | undefined;
  readonly flags: string | number;
  readonly mode: number;
  fd: number | null;
  start: number | undefined;
  end: number;
  pos: number | undefined;
  bytesRead = 0;
  autoClose: boolean;
  readonly #fs: StreamFs;
  readonly #handle: FileHandle | undefined;
  readonly #name: string;

  constructor(path: unknown, given: unknown, fs: StreamFs) {
    const options = toOptions<StreamOptions>(given, {});
    const source = toSource(path, options, fs);
    const range = toRange(options);
    super({
      highWaterMark: options.highWaterMark ?? HIGH_WATER_MARK_BYTES,
      autoDestroy: options.autoClose ?? true,
      emitClose: options.emitClose ?? true,
      ...(options.encoding ? { encoding: options.encoding } : {}),
      ...(options.signal ? { signal: options.signal } : {}),
    } as object);
    this.#fs = source.fs;
    this.#handle = source.handle;
    this.#name = source.name;
    this.fd = source.fd;
    this.path = source.path;
    this.flags = options.flags ?? "r";
    this.mode = options.mode ?? 0o666;
    this.autoClose = options.autoClose ?? true;
    this.start = range.start;
    this.end = range.end;
    this.pos = this.start;
  }

  /** True until the file is open. */
  get pending(): boolean {
    return this.fd === null;
  }

  _construct(callback: (error?: Error | null) => void): void {
    openFile(this, this.#fs, this.#name, callback);
  }

  override _read(size: number): void {
    const left = this.pos === undefined ? this.end - this.bytesRead : this.end - this.pos;
    const length = Math.min(left + 1, size);
    if (length <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafeSlow(length);
    this.#fs.read(this.fd!, buffer, 0, length, this.pos ?? null, (error, count = 0) => {
      if (error !== null) {
        this.destroy(error);
        return;
      }
      this.bytesRead += count;
      if (this.pos !== undefined) this.pos += count;
      this.push(
        count === 0 ? null : count === length ? buffer : Buffer.from(buffer.subarray(0, count)),
      );
    });
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    closeFile(this, this.#fs, this.#handle, error, callback);
  }

  /** Closes the file, and calls back when that is done. */
  close(callback?: (error?: Error | null) => void): void {
    if (callback !== undefined) onceClosed(this, callback);
    this.destroy();
  }
}

/** Where a stream finds its file. */
export interface StreamSource {
  readonly fs: StreamFs;
  readonly fd: number | null;
  readonly handle: FileHandle | undefined;
  /** The path as a string, for `open`. */
  readonly name: string;
  /** The path as it was given. */
  readonly path: string | Buffer | undefined;
}

/** @throws ERR_INVALID_ARG_TYPE for what is neither a path nor a descriptor. */
export function toSource(path: unknown, options: StreamOptions, fs: StreamFs): StreamSource {
  if (options.autoClose !== undefined) validateBoolean(options.autoClose, "options.autoClose");
  validateAbortSignal(options.signal, "options.signal");
  const used = options.fs ? { ...fs, ...options.fs } : fs;
  if (options.fd === undefined || options.fd === null) {
    const name = toPath(path);
    return { fs: used, fd: null, handle: undefined, name, path: path as string | Buffer };
  }
  const handle = isFileHandle(options.fd) ? options.fd : undefined;
  if (handle === undefined && typeof options.fd !== "number") {
    throw invalidArgType("options.fd", ["number", "FileHandle"], options.fd);
  }
  const fd = handle === undefined ? toFd(options.fd) : handle.fd;
  return { fs: used, fd, handle, name: "", path: path as string | Buffer | undefined };
}

function toRange(options: StreamOptions): { start: number | undefined; end: number } {
  const { start, end = Infinity } = options;
  if (start !== undefined) validateInteger(start, "start", 0);
  if (end !== Infinity) validateInteger(end, "end", 0);
  if (start !== undefined && start > end) {
    throw outOfRange("start", `<= "end" (here: ${end})`, start);
  }
  return { start, end };
}

/** As much of a stream as opening and closing its file needs. */
interface FileStream {
  fd: number | null;
  readonly flags: string | number;
  readonly mode: number;
  readonly closed: boolean;
  emit(event: string, ...values: unknown[]): boolean;
  once(event: string, listener: (...values: never[]) => void): unknown;
}

/** Opens the file of a stream, and says so by "open" and "ready". */
export function openFile(
  stream: FileStream,
  fs: StreamFs,
  name: string,
  callback: (error?: Error | null) => void,
): void {
  if (stream.fd !== null) {
    callback();
    return;
  }
  fs.open(name, stream.flags, stream.mode, (error, fd) => {
    if (error !== null) {
      callback(error);
      return;
    }
    stream.fd = fd!;
    callback();
    stream.emit("open", fd);
    stream.emit("ready");
  });
}

/** Closes the file of a stream that is being destroyed. */
export function closeFile(
  stream: FileStream,
  fs: StreamFs,
  handle: FileHandle | undefined,
  error: Error | null,
  callback: (error?: Error | null) => void,
): void {
  const { fd } = stream;
  stream.fd = null;
  if (fd === null) callback(error);
  else if (handle !== undefined) {
    handle.close().then(
      () => callback(error),
      (failure: Error) => callback(error ?? failure),
    );
  } else fs.close(fd, (failure) => callback(error ?? failure));
}

/** Calls back at "close", also where that has passed. */
export function onceClosed(stream: FileStream, callback: (error?: Error | null) => void): void {
  if (stream.closed) callback();
  else stream.once("close", () => callback());
}
