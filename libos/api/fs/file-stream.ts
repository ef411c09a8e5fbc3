import type { Buffer } from "buffer";
import { invalidArgType, validateAbortSignal, validateBoolean } from "../shared/errors.ts";
import { toFd } from "./arguments.ts";
import { isFileHandle, type FileHandle } from "./file-handle.ts";
import { toPath } from "./paths.ts";

/** What the streams of files share: where the file is, how it is opened and closed. */

type Done = (error?: Error | null) => void;
type CountDone = (error: Error | null, count?: number) => void;

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
    callback: CountDone,
  ): void;
  write(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
    callback: CountDone,
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

/** Where a stream finds its file. */
export interface StreamSource {
  readonly fs: StreamFs;
  /** The handle that is closed in the end, when the application gave one. */
  readonly handle: FileHandle | undefined;
  /** The path as a string, for `open`. */
  readonly name: string;
}

/** A stream of a file, with what is common to both kinds. */
export interface FileStream {
  path: string | Buffer | undefined;
  fd: number | null;
  flags: string | number;
  mode: number;
  start: number | undefined;
  pos: number | undefined;
  autoClose: boolean;
  readonly closed: boolean;
  /** Ours alone; applications and packages have no use for it. */
  _source: StreamSource;
  open(): void;
  emit(event: string, ...values: unknown[]): boolean;
  once(event: string, listener: (...values: never[]) => void): unknown;
  destroy(error?: Error): unknown;
}

/**
 * Sets the fields that say where the file of a stream is.
 *
 * @throws ERR_INVALID_ARG_TYPE for what is neither a path nor a descriptor.
 */
export function setSource(
  stream: FileStream,
  path: unknown,
  options: StreamOptions,
  flags: string,
  fs: StreamFs,
): void {
  if (options.autoClose !== undefined) validateBoolean(options.autoClose, "options.autoClose");
  validateAbortSignal(options.signal, "options.signal");
  let handle: FileHandle | undefined;
  let name = "";
  if (options.fd === undefined || options.fd === null) {
    name = toPath(path);
    stream.fd = null;
  } else if (isFileHandle(options.fd)) {
    handle = options.fd;
    stream.fd = handle.fd;
  } else {
    if (typeof options.fd !== "number") {
      throw invalidArgType("options.fd", ["number", "FileHandle"], options.fd);
    }
    stream.fd = toFd(options.fd);
  }
  stream._source = { fs: options.fs ? { ...fs, ...options.fs } : fs, handle, name };
  stream.path = path as string | Buffer | undefined;
  stream.flags = options.flags ?? flags;
  stream.mode = options.mode ?? 0o666;
  stream.autoClose = options.autoClose ?? true;
  stream.start = options.start;
  stream.pos = options.start;
}

/** The operations that a stream uses. */
export function fsOf(stream: FileStream): StreamFs {
  return stream._source.fs;
}

/** The options with which `Readable` and `Writable` are made. */
export function baseOptions(options: StreamOptions, highWaterMark: number): object {
  return {
    highWaterMark: options.highWaterMark ?? highWaterMark,
    autoDestroy: options.autoClose ?? true,
    emitClose: options.emitClose ?? true,
    ...(options.signal ? { signal: options.signal } : {}),
  };
}

/** Opens the file of a stream, and says so by "open" and "ready". */
export function openFile(stream: FileStream, ownOpen: () => void, callback: Done): void {
  if (stream.fd !== null) {
    callback();
    return;
  }
  if (stream.open !== ownOpen) {
    openByApplication(stream, callback);
    return;
  }
  const { fs, name } = stream._source;
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

/** A package (graceful-fs) has put its own `open` here: the first "open" or "error" is its answer. */
function openByApplication(stream: FileStream, callback: Done): void {
  const emit = stream.emit;
  stream.emit = function (event: string, ...values: unknown[]): boolean {
    if (event === "open") {
      this.emit = emit;
      callback();
    } else if (event === "error") {
      this.emit = emit;
      callback(values[0] as Error);
      return true;
    }
    return emit.call(this, event, ...values);
  };
  stream.open();
}

/** Closes the file of a stream that is being destroyed. */
export function closeFile(stream: FileStream, error: Error | null, callback: Done): void {
  const { fd } = stream;
  const { fs, handle } = stream._source;
  stream.fd = null;
  if (fd === null) callback(error);
  else if (handle !== undefined) {
    handle.close().then(
      () => callback(error),
      (failure: Error) => callback(error ?? failure),
    );
  } else fs.close(fd, (failure) => callback(error ?? failure));
}

type Initialize = (stream: never, path: unknown, options: unknown, fs: StreamFs) => void;

/**
 * The class of a stream for one system, as a function in the manner of Node: packages call it with
 * `new`, without, and on objects of their own (`fs.ReadStream.call(this, path)`).
 *
 * @param methods The prototype with the stream's methods.
 * @param initialize Sets up an object with that prototype.
 */
export function createStreamClass(
  name: string,
  methods: object,
  initialize: Initialize,
  fs: StreamFs,
): new (path: unknown, options?: unknown) => object {
  function Stream(this: unknown, path: unknown, options?: unknown): unknown {
    if (!(this instanceof Stream)) return Reflect.construct(Stream, [path, options]);
    initialize(this as never, path, options, fs);
    return undefined;
  }
  Object.defineProperty(Stream, "name", { value: name });
  Stream.prototype = Object.create(methods, {
    constructor: { value: Stream, writable: true, configurable: true },
  }) as object;
  return Stream as unknown as new (path: unknown, options?: unknown) => object;
}
