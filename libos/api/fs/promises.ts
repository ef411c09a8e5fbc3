import { Buffer } from "buffer";
import { abortError, invalidArgType, type AbortSignalLike } from "../shared/errors.ts";
import { toBytes, toFlags, toMode, toOptions } from "./arguments.ts";
import type { Completion } from "./completion.ts";
import { constants } from "./constants.ts";
import { FileHandle, closedError, isFileHandle, type FileHandleNeeds } from "./file-handle.ts";
import { toPath } from "./paths.ts";
import type { SyncOperations } from "./sync-operations.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- operations differ in what they take
type Operation = (...values: any[]) => unknown;
type PromiseForm = (...values: unknown[]) => Promise<unknown>;

/** Operations whose promise form takes the same arguments and gives back the same result. */
const PLAIN = [
  "access",
  "chmod",
  "chown",
  "copyFile",
  "lchown",
  "link",
  "lstat",
  "lutimes",
  "mkdir",
  "mkdtemp",
  "opendir",
  "readdir",
  "readlink",
  "realpath",
  "rename",
  "rm",
  "rmdir",
  "stat",
  "statfs",
  "symlink",
  "truncate",
  "unlink",
  "utimes",
] as const;

interface WriteOptions {
  encoding?: BufferEncoding | null;
  mode?: string | number;
  flag?: string | number;
  flush?: boolean;
  signal?: AbortSignalLike;
}

/** `fs.promises`, but for `watch`. */
export function createPromises(
  sync: SyncOperations,
  completion: Completion,
  streams: Pick<FileHandleNeeds, "createReadStream" | "createWriteStream">,
): Record<string, unknown> & { readFile: PromiseForm; writeFile: PromiseForm } {
  const needs: FileHandleNeeds = { sync, completion, ...streams, readFile, writeFile };
  const forms: Record<string, PromiseForm> = {};
  for (const name of PLAIN) {
    const operation = sync[`${name}Sync`] as Operation;
    const form: PromiseForm = (...values) => completion.promise(() => operation(...values));
    forms[name] = Object.defineProperty(form, "name", { value: name });
  }

  /** The descriptor of a handle, or the checked path. */
  function toTarget(target: unknown, syscall: string): number | string {
    if (!isFileHandle(target)) return toPath(target);
    if (target.fd < 0) throw closedError(syscall);
    return target.fd;
  }

  function readFile(source: unknown, options?: unknown): Promise<string | Buffer> {
    const read = () => sync.readFileSync(toTarget(source, "read"), options);
    const signal = signalOf(options);
    return signal === undefined ? completion.promise(read) : completion.abortable(signal, read);
  }

  function writeFile(target: unknown, data: unknown, options?: unknown): Promise<void> {
    return writeWith(target, data, options, "w");
  }

  function appendFile(target: unknown, data: unknown, options?: unknown): Promise<void> {
    return writeWith(target, data, options, "a");
  }

  function writeWith(target: unknown, data: unknown, given: unknown, flag: string): Promise<void> {
    const signal = signalOf(given);
    if (typeof data !== "string" && !ArrayBuffer.isView(data) && isIterable(data)) {
      return writeParts(target, data, toOptions<WriteOptions>(given, { flag }));
    }
    const write =
      flag === "a"
        ? () => sync.appendFileSync(toTarget(target, "write"), data, given)
        : () => sync.writeFileSync(toTarget(target, "write"), data, given);
    return signal === undefined ? completion.promise(write) : completion.abortable(signal, write);
  }

  /** Writes what an iterable or a stream gives, part by part. */
  async function writeParts(
    target: unknown,
    parts: Iterable<unknown> | AsyncIterable<unknown>,
    options: WriteOptions,
  ): Promise<void> {
    const checkSignal = () => {
      if (options.signal?.aborted === true) throw abortError(options.signal.reason);
    };
    checkSignal();
    const place = toTarget(target, "write");
    const own = typeof place === "string";
    const fd = own
      ? sync.openSync(place, toFlags(options.flag), toMode(options.mode, "mode", 0o666))
      : place;
    try {
      for await (const part of parts) {
        checkSignal();
        if (typeof part !== "string" && !ArrayBuffer.isView(part)) {
          throw invalidArgType("data", ["string", "Buffer", "TypedArray", "DataView"], part);
        }
        const bytes =
          typeof part === "string" ? Buffer.from(part, options.encoding ?? "utf8") : toBytes(part);
        sync.writeFileSync(fd, bytes);
      }
      if (options.flush === true) sync.fsyncSync(fd);
    } finally {
      if (own) sync.closeSync(fd);
    }
  }

  function open(path: unknown, flags?: unknown, mode?: unknown): Promise<FileHandle> {
    return completion.promise(() => new FileHandle(sync.openSync(path, flags, mode), needs));
  }

  return {
    ...forms,
    open,
    readFile,
    writeFile,
    appendFile,
    cp: (from: unknown, to: unknown, options?: unknown) => sync.cp(from, to, options),
    constants,
  };
}

function signalOf(options: unknown): AbortSignalLike | undefined {
  if (options === null || typeof options !== "object") return undefined;
  return (options as { signal?: AbortSignalLike }).signal;
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  if (value === null || typeof value !== "object") return false;
  return Symbol.iterator in value || Symbol.asyncIterator in value;
}
