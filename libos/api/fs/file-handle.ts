import { Buffer } from "buffer";
import { EventEmitter } from "events";
import { validateView } from "./arguments.ts";
import type { Completion } from "./completion.ts";
import { defineAsyncDispose } from "./dispose.ts";
import type { BigIntStats, Stats } from "./stats.ts";
import type { SyncOperations } from "./sync-operations.ts";

/** What a `FileHandle` needs of its `fs`. */
export interface FileHandleNeeds {
  readonly sync: SyncOperations;
  readonly completion: Completion;
  createReadStream(path: unknown, options: unknown): object;
  createWriteStream(path: unknown, options: unknown): object;
  writeFile(target: unknown, data: unknown, options: unknown): Promise<void>;
  readFile(source: unknown, options: unknown): Promise<string | Buffer>;
}

/** Buffers that `read` makes when it is given none. */
const READ_BYTES = 16_384;

/** `FileHandle` of `fs/promises`: an open file with methods that answer with promises. */
export class FileHandle extends EventEmitter {
  #fd: number;
  readonly #needs: FileHandleNeeds;

  constructor(fd: number, needs: FileHandleNeeds) {
    super();
    this.#fd = fd;
    this.#needs = needs;
  }

  /** The descriptor, or -1 after `close`. */
  get fd(): number {
    return this.#fd;
  }

  close(): Promise<void> {
    if (this.#fd < 0) return Promise.resolve();
    const fd = this.#fd;
    this.#fd = -1;
    this.emit("close");
    return this.#needs.completion.promise(() => this.#needs.sync.closeSync(fd));
  }

  #run<T>(syscall: string, run: (sync: SyncOperations, fd: number) => T): Promise<T> {
    return this.#needs.completion.promise(() => {
      if (this.#fd < 0) throw closedError(syscall);
      return run(this.#needs.sync, this.#fd);
    });
  }

  read(
    bufferOrOptions?: unknown,
    offset?: unknown,
    length?: unknown,
    position?: unknown,
  ): Promise<{ bytesRead: number; buffer: ArrayBufferView }> {
    return this.#run("read", (sync, fd) => {
      let buffer = bufferOrOptions;
      if (!ArrayBuffer.isView(buffer)) {
        const options = (bufferOrOptions ?? {}) as { buffer?: ArrayBufferView };
        buffer = options.buffer ?? Buffer.alloc(READ_BYTES);
        offset = options;
      }
      validateView(buffer);
      return { bytesRead: sync.readSync(fd, buffer, offset, length, position), buffer };
    });
  }

  write(
    data: unknown,
    offset?: unknown,
    length?: unknown,
    position?: unknown,
  ): Promise<{ bytesWritten: number; buffer: unknown }> {
    return this.#run("write", (sync, fd) => {
      return { bytesWritten: sync.writeSync(fd, data, offset, length, position), buffer: data };
    });
  }

  readv(
    buffers: readonly ArrayBufferView[],
    position?: unknown,
  ): Promise<{ bytesRead: number; buffers: readonly ArrayBufferView[] }> {
    return this.#run("readv", (sync, fd) => {
      return { bytesRead: sync.readvSync(fd, buffers, position), buffers };
    });
  }

  writev(
    buffers: readonly ArrayBufferView[],
    position?: unknown,
  ): Promise<{ bytesWritten: number; buffers: readonly ArrayBufferView[] }> {
    return this.#run("writev", (sync, fd) => {
      return { bytesWritten: sync.writevSync(fd, buffers, position), buffers };
    });
  }

  readFile(options?: unknown): Promise<string | Buffer> {
    return this.#needs.readFile(this, options);
  }

  writeFile(data: unknown, options?: unknown): Promise<void> {
    return this.#needs.writeFile(this, data, options);
  }

  appendFile(data: unknown, options?: unknown): Promise<void> {
    return this.#needs.writeFile(this, data, options);
  }

  stat(options?: { bigint?: boolean }): Promise<Stats | BigIntStats> {
    return this.#run("fstat", (sync, fd) => sync.fstatSync(fd, options));
  }

  truncate(length?: number): Promise<void> {
    return this.#run("ftruncate", (sync, fd) => sync.ftruncateSync(fd, length));
  }

  chmod(mode: unknown): Promise<void> {
    return this.#run("fchmod", (sync, fd) => sync.fchmodSync(fd, mode));
  }

  chown(uid: number, gid: number): Promise<void> {
    return this.#run("fchown", (sync, fd) => sync.fchownSync(fd, uid, gid));
  }

  utimes(atime: unknown, mtime: unknown): Promise<void> {
    return this.#run("futimes", (sync, fd) => sync.futimesSync(fd, atime, mtime));
  }

  sync(): Promise<void> {
    return this.#run("fsync", (sync, fd) => sync.fsyncSync(fd));
  }

  datasync(): Promise<void> {
    return this.#run("fdatasync", (sync, fd) => sync.fdatasyncSync(fd));
  }

  createReadStream(options?: object): object {
    return this.#needs.createReadStream(undefined, { ...options, fd: this });
  }

  createWriteStream(options?: object): object {
    return this.#needs.createWriteStream(undefined, { ...options, fd: this });
  }
}

defineAsyncDispose(FileHandle.prototype, function () {
  return this.close();
});

export function isFileHandle(value: unknown): value is FileHandle {
  return value instanceof FileHandle;
}

/** What Node says of a handle that was closed. */
export function closedError(syscall: string): Error {
  return Object.assign(new Error("file closed"), { code: "EBADF", syscall });
}
