import { Buffer } from "buffer";
import { createFileStat, type FileStat } from "../../../components/vfs/mod.ts";
import {
  O_CREAT,
  O_EXCL,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
} from "../../../components/vfs/modes.ts";
import { codedError, ERRNO, validateBoolean } from "../shared/errors.ts";
import {
  toBytes,
  toFd,
  toFlags,
  toMode,
  toOptions,
  validateModeBits,
  validateView,
} from "./arguments.ts";
import { constants } from "./constants.ts";
import { check, type FsContext } from "./context.ts";
import { toPath } from "./paths.ts";
import type { SyncFiles } from "./sync-files.ts";

/** Read at once where a file does not say how long it is. */
const UNKNOWN_SIZE_BYTES = 8192;
const COPY_BYTES = 65_536;

interface ReadFileOptions {
  encoding?: BufferEncoding | "buffer" | null;
  flag?: string | number;
}

interface WriteFileOptions {
  encoding?: BufferEncoding | null;
  mode?: string | number;
  flag?: string | number;
  flush?: boolean;
}

/** Operations on whole contents. */
export interface SyncContent {
  readFileSync(path: unknown, options?: unknown): string | Buffer;
  writeFileSync(path: unknown, data: unknown, options?: unknown): void;
  appendFileSync(path: unknown, data: unknown, options?: unknown): void;
  truncateSync(path: unknown, length?: unknown): void;
  copyFileSync(from: unknown, to: unknown, mode?: unknown): void;
}

export function createSyncContent(context: FsContext, files: SyncFiles): SyncContent {
  const { vfs, stat } = context;

  /** Runs `use` with the descriptor, and closes it in any case if it is not the caller's own. */
  function withFile<T>(path: unknown, flags: number, mode: number, use: (fd: number) => T): T {
    if (typeof path === "number") return use(toFd(path));
    const name = toPath(path);
    const fd = vfs.open(name, flags, mode);
    if (fd < 0) check(fd, "open", name);
    try {
      return use(fd);
    } finally {
      vfs.close(fd);
    }
  }

  function readAll(fd: number): Buffer {
    check(vfs.fstat(fd, stat), "fstat");
    const isRegular = (stat.mode & S_IFMT) === S_IFREG;
    const size = isRegular ? stat.sizeBytes : 0;
    if (size > context.limits.readFileBytes) throw tooLarge(size);
    if (size === 0) return readToEnd(fd);
    const buffer = Buffer.allocUnsafe(size);
    let done = 0;
    while (done < size) {
      const count = vfs.read(fd, buffer, done, size - done, -1);
      if (count <= 0) {
        check(count, "read");
        break;
      }
      done += count;
    }
    return done === size ? buffer : buffer.subarray(0, done);
  }

  function readToEnd(fd: number): Buffer {
    const parts: Buffer[] = [];
    let total = 0;
    for (;;) {
      const part = Buffer.allocUnsafe(UNKNOWN_SIZE_BYTES);
      const count = check(vfs.read(fd, part, 0, part.length, -1), "read");
      if (count === 0) return parts.length === 1 ? parts[0]! : Buffer.concat(parts, total);
      parts.push(part.subarray(0, count));
      total += count;
      if (total > context.limits.readFileBytes) throw tooLarge(total);
    }
  }

  function readFileSync(path: unknown, options?: unknown): string | Buffer {
    let encoding: ReadFileOptions["encoding"];
    let flags = O_RDONLY;
    if (options !== undefined) {
      const chosen = toOptions<ReadFileOptions>(options, { flag: "r" });
      encoding = chosen.encoding;
      flags = toFlags(chosen.flag);
    }
    const content = withFile(path, flags, 0o666, readAll);
    return encoding && encoding !== "buffer" ? content.toString(encoding) : content;
  }

  function writeAll(fd: number, bytes: Uint8Array): void {
    let done = 0;
    while (done < bytes.length) {
      const count = vfs.write(fd, bytes, done, bytes.length - done, -1);
      done += count < 0 ? check(count, "write") : count;
    }
  }

  function writeWith(
    path: unknown,
    data: unknown,
    options: unknown,
    defaults: WriteFileOptions,
  ): void {
    const chosen = options === undefined ? defaults : toOptions(options, defaults);
    const flush = chosen.flush ?? false;
    validateBoolean(flush, "options.flush");
    let bytes: Uint8Array;
    if (typeof data === "string") bytes = Buffer.from(data, chosen.encoding ?? "utf8");
    else {
      validateView(data, "data", true);
      bytes = toBytes(data);
    }
    const flags = toFlags(chosen.flag);
    const mode = chosen.mode === 0o666 ? 0o666 : toMode(chosen.mode, "mode", 0o666);
    withFile(path, flags, mode, (fd) => {
      writeAll(fd, bytes);
      if (flush) files.fsyncSync(fd);
    });
  }

  function truncateSync(path: unknown, length: unknown = 0): void {
    withFile(path, O_RDWR, 0o666, (fd) => files.ftruncateSync(fd, length));
  }

  /** Copies content and permission bits; what was made of a failed copy is removed again. */
  function copyFileSync(from: unknown, to: unknown, mode?: unknown): void {
    const source = toPath(from, "src");
    const target = toPath(to, "dest");
    const bits = mode ?? 0;
    validateModeBits(bits);
    const fail = (result: number) => check(result, "copyfile", source, target);
    const input = fail(vfs.open(source, O_RDONLY, 0));
    try {
      const original = createFileStat();
      fail(vfs.fstat(input, original));
      const exclusive = (bits & constants.COPYFILE_EXCL) !== 0 ? O_EXCL : 0;
      const existed = vfs.lstat(target, stat) === 0;
      const output = fail(vfs.open(target, O_WRONLY | O_CREAT | exclusive, original.mode & 0o777));
      vfs.fstat(output, stat);
      const result = isSame(original, stat) ? 0 : copyInto(input, output, original);
      vfs.close(output);
      if (result < 0 && !existed) vfs.unlink(target);
      fail(result);
    } finally {
      vfs.close(input);
    }
  }

  /** Replaces the content of an open file; a directory has none to give, and destroys nothing. */
  function copyInto(input: number, output: number, original: FileStat): number {
    if ((original.mode & S_IFMT) === S_IFDIR) return -ERRNO["EISDIR"]!;
    vfs.ftruncate(output, 0);
    vfs.fchmod(output, original.mode & 0o7777);
    return copyContent(input, output);
  }

  function copyContent(input: number, output: number): number {
    const buffer = new Uint8Array(COPY_BYTES);
    for (;;) {
      const count = vfs.read(input, buffer, 0, buffer.length, -1);
      if (count <= 0) return count;
      for (let done = 0; done < count;) {
        const written = vfs.write(output, buffer, done, count - done, -1);
        if (written < 0) return written;
        done += written;
      }
    }
  }

  const writeDefaults: WriteFileOptions = { encoding: "utf8", mode: 0o666, flag: "w" };
  const appendDefaults: WriteFileOptions = { encoding: "utf8", mode: 0o666, flag: "a" };
  return {
    readFileSync,
    writeFileSync: (path, data, options) => writeWith(path, data, options, writeDefaults),
    appendFileSync: (path, data, options) => writeWith(path, data, options, appendDefaults),
    truncateSync,
    copyFileSync,
  };
}

function isSame(a: { device: number; inode: number }, b: { device: number; inode: number }) {
  return a.device === b.device && a.inode === b.inode;
}

function tooLarge(size: number): Error {
  const message = `File size (${size}) is greater than 2 GiB`;
  return codedError("ERR_FS_FILE_TOO_LARGE", message, RangeError);
}
