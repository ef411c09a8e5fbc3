import { Buffer } from "buffer";
import { Writable } from "../shared/stream.ts";
import { validateBoolean, validateInteger } from "../shared/errors.ts";
import { toOptions } from "./arguments.ts";
import {
  baseOptions,
  closeFile,
  fsOf,
  openFile,
  setSource,
  type FileStream,
  type StreamFs,
  type StreamOptions,
  type StreamSource,
} from "./file-stream.ts";

type Done = (error?: Error | null) => void;

const HIGH_WATER_MARK_BYTES = 65_536;

/** The methods of `fs.WriteStream`: writes a file, from `start` on. */
export class WriteStreamMethods extends Writable implements FileStream {
  declare path: FileStream["path"];
  declare fd: number | null;
  declare flags: string | number;
  declare mode: number;
  declare start: number | undefined;
  declare pos: number | undefined;
  declare bytesWritten: number;
  declare autoClose: boolean;
  declare flush: boolean;
  declare emit: FileStream["emit"];
  declare _source: StreamSource;

  /** True until the file is open. */
  get pending(): boolean {
    return this.fd === null;
  }

  /** Packages replace it; see `openFile`. */
  open(): void {}

  _construct(callback: Done): void {
    openFile(this, WriteStreamMethods.prototype.open, callback);
  }

  override _write(chunk: Uint8Array, _encoding: string, callback: Done): void {
    writeAll(this, chunk, 0, callback);
  }

  override _writev(
    chunks: readonly { chunk: Uint8Array; encoding: string }[],
    callback: Done,
  ): void {
    writeAll(this, Buffer.concat(chunks.map(({ chunk }) => chunk)), 0, callback);
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const close = (failure?: Error | null): void =>
      closeFile(this, failure ?? error, (last) => callback(last ?? null));
    if (this.flush && this.fd !== null && error === null) fsOf(this).fsync(this.fd, close);
    else close();
  }

  /** Ends the stream, closes the file, and calls back when that is done. */
  close(callback?: Done): void {
    if (callback !== undefined) {
      if (this.closed) {
        callback();
        return;
      }
      this.once("close", () => callback());
    }
    // Without autoClose, `finish` does not destroy the stream.
    if (!this.autoClose) this.once("finish", () => this.destroy());
    this.end();
  }

  destroySoon(...values: Parameters<Writable["end"]>): void {
    this.end(...values);
  }
}

/** Writes until all is written: a full file system takes the first part only, then says so. */
function writeAll(
  stream: WriteStreamMethods,
  bytes: Uint8Array,
  offset: number,
  callback: Done,
): void {
  const length = bytes.length - offset;
  const position = stream.pos ?? null;
  fsOf(stream).write(stream.fd!, bytes, offset, length, position, (error, count = 0) => {
    if (error !== null) {
      callback(error);
      return;
    }
    stream.bytesWritten += count;
    if (stream.pos !== undefined) stream.pos += count;
    if (count < length) writeAll(stream, bytes, offset + count, callback);
    else callback();
  });
}

/** Sets up a `WriteStream`. */
export function initializeWriteStream(
  stream: WriteStreamMethods,
  path: unknown,
  given: unknown,
  fs: StreamFs,
): void {
  const options = toOptions<StreamOptions>(given, {});
  setSource(stream, path, options, "w", fs);
  const { start, flush } = options;
  if (start !== undefined) validateInteger(start, "start", 0);
  if (flush !== undefined && flush !== null) validateBoolean(flush, "options.flush");
  stream.flush = flush ?? false;
  stream.bytesWritten = 0;
  const construct = Writable as unknown as (this: object, options: object) => void;
  construct.call(stream, baseOptions(options, HIGH_WATER_MARK_BYTES));
  if (options.encoding) stream.setDefaultEncoding(options.encoding);
}
