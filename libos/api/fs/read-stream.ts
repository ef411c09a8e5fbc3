import { Buffer } from "buffer";
import { Readable } from "../shared/stream.ts";
import { outOfRange, validateInteger } from "../shared/errors.ts";
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

/** The methods of `fs.ReadStream`: the bytes of a file, from `start` to `end`, both included. */
export class ReadStreamMethods extends Readable implements FileStream {
  declare path: FileStream["path"];
  declare fd: number | null;
  declare flags: string | number;
  declare mode: number;
  declare start: number | undefined;
  declare end: number;
  declare pos: number | undefined;
  declare bytesRead: number;
  declare autoClose: boolean;
  declare emit: FileStream["emit"];
  declare _source: StreamSource;

  /** True until the file is open. */
  get pending(): boolean {
    return this.fd === null;
  }

  /** Packages replace it; see `openFile`. */
  open(): void {}

  _construct(callback: Done): void {
    openFile(this, ReadStreamMethods.prototype.open, callback);
  }

  override _read(size: number): void {
    const left = this.pos === undefined ? this.end - this.bytesRead : this.end - this.pos;
    const length = Math.min(left + 1, size);
    if (length <= 0) {
      this.push(null);
      return;
    }
    const buffer = Buffer.allocUnsafeSlow(length);
    fsOf(this).read(this.fd!, buffer, 0, length, this.pos ?? null, (error, count = 0) => {
      if (error !== null) {
        this.destroy(error);
        return;
      }
      this.bytesRead += count;
      if (this.pos !== undefined) this.pos += count;
      if (count === 0) this.push(null);
      // A part that fills little of its buffer must not hold all of it.
      else this.push(count === length ? buffer : Buffer.from(buffer.subarray(0, count)));
    });
  }

  override _destroy(error: Error | null, callback: Done): void {
    closeFile(this, error, callback);
  }

  /** Closes the file, and calls back when that is done. */
  close(callback?: Done): void {
    if (callback !== undefined) {
      if (this.closed) {
        callback();
        return;
      }
      this.once("close", () => callback());
    }
    this.destroy();
  }
}

/** Sets up a `ReadStream`. */
export function initializeReadStream(
  stream: ReadStreamMethods,
  path: unknown,
  given: unknown,
  fs: StreamFs,
): void {
  const options = toOptions<StreamOptions>(given, {});
  setSource(stream, path, options, "r", fs);
  stream.end = endOf(options);
  stream.bytesRead = 0;
  const construct = Readable as unknown as (this: object, options: object) => void;
  construct.call(stream, {
    ...baseOptions(options, HIGH_WATER_MARK_BYTES),
    ...(options.encoding ? { encoding: options.encoding } : {}),
  });
}

function endOf({ start, end = Infinity }: StreamOptions): number {
  if (start !== undefined) validateInteger(start, "start", 0);
  if (end !== Infinity) validateInteger(end, "end", 0);
  if (start !== undefined && start > end) {
    throw outOfRange("start", `<= "end" (here: ${end})`, start);
  }
  return end;
}
