import { Buffer } from "buffer";
import { Writable } from "readable-stream";
import { validateBoolean, validateInteger } from "../shared/errors.ts";
import { toOptions } from "./arguments.ts";
import type { FileHandle } from "./file-handle.ts";
import {
  closeFile,
  onceClosed,
  openFile,
  toSource,
  type StreamFs,
  type StreamOptions,
} from "./read-stream.ts";

type WriteCallback = (error?: Error | null) => void;

/** Node's default for `Writable`. */
const HIGH_WATER_MARK_BYTES = 65_536;

/** `fs.WriteStream`: writes a file, from `start` on. */
export class WriteStream extends Writable {
  readonly path: string | Buffer | undefined;
  readonly flags: string | number;
  readonly mode: number;
  fd: number | null;
  start: number | undefined;
  pos: number | undefined;
  bytesWritten = 0;
  autoClose: boolean;
  readonly flush: boolean;
  readonly #fs: StreamFs;
  readonly #handle: FileHandle | undefined;
  readonly #name: string;

  constructor(path: unknown, given: unknown, fs: StreamFs) {
    const options = toOptions<StreamOptions>(given, {});
    const target = toSource(path, options, fs);
    const { start, flush } = options;
    if (start !== undefined) validateInteger(start, "start", 0);
    if (flush !== undefined && flush !== null) validateBoolean(flush, "options.flush");
    super({
      highWaterMark: options.highWaterMark ?? HIGH_WATER_MARK_BYTES,
      autoDestroy: options.autoClose ?? true,
      emitClose: options.emitClose ?? true,
      ...(options.signal ? { signal: options.signal } : {}),
    } as object);
    this.#fs = target.fs;
    this.#handle = target.handle;
    this.#name = target.name;
    this.fd = target.fd;
    this.path = target.path;
    this.flags = options.flags ?? "w";
    this.mode = options.mode ?? 0o666;
    this.autoClose = options.autoClose ?? true;
    this.flush = flush ?? false;
    this.start = start;
    this.pos = start;
    if (options.encoding) this.setDefaultEncoding(options.encoding);
  }

  /** True until the file is open. */
  get pending(): boolean {
    return this.fd === null;
  }

  _construct(callback: WriteCallback): void {
    openFile(this, this.#fs, this.#name, callback);
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: WriteCallback): void {
    this.#writeAll(chunk, 0, callback);
  }

  override _writev(
    chunks: readonly { chunk: Uint8Array; encoding: string }[],
    callback: WriteCallback,
  ): void {
    this.#writeAll(Buffer.concat(chunks.map(({ chunk }) => chunk)), 0, callback);
  }

  /** Writes until all is written: a full file system takes the first part only, then says so. */
  #writeAll(bytes: Uint8Array, offset: number, callback: WriteCallback): void {
    const length = bytes.length - offset;
    this.#fs.write(this.fd!, bytes, offset, length, this.pos ?? null, (error, count = 0) => {
      if (error !== null) {
        callback(error);
        return;
      }
      this.bytesWritten += count;
      if (this.pos !== undefined) this.pos += count;
      if (count < length) this.#writeAll(bytes, offset + count, callback);
      else callback();
    });
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const close = (failure?: Error | null) =>
      closeFile(this, this.#fs, this.#handle, failure ?? error, (e) => callback(e ?? null));
    if (this.flush && this.fd !== null && error === null) this.#fs.fsync(this.fd, close);
    else close();
  }

  /** Ends the stream, closes the file, and calls back when that is done. */
  close(callback?: WriteCallback): void {
    if (callback !== undefined) {
      if (this.closed) {
        callback();
        return;
      }
      onceClosed(this, callback);
    }
    // Without autoClose, `finish` does not destroy the stream.
    if (!this.autoClose) this.once("finish", () => this.destroy());
    this.end();
  }

  destroySoon(...values: Parameters<Writable["end"]>): void {
    this.end(...values);
  }
}
