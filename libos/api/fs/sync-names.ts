import type { Buffer } from "buffer";
import { S_IFDIR, S_IFMT } from "../../../components/vfs/modes.ts";
import { ERRNO, systemError, validateBoolean, validateOneOf } from "../shared/errors.ts";
import { encodeName, toMode, toOptions, type ResultEncoding } from "./arguments.ts";
import { check, type FsContext } from "./context.ts";
import { Dirent } from "./dirent.ts";
import { joinPath, toPath } from "./paths.ts";

interface EncodingOptions {
  encoding?: ResultEncoding;
}

interface ReaddirOptions extends EncodingOptions {
  withFileTypes?: boolean;
  recursive?: boolean;
}

interface MkdirOptions {
  recursive?: boolean;
  mode?: string | number;
}

/** One name of a directory with the bits of its type. */
export interface Entry {
  readonly name: string;
  readonly type: number;
}

/** Operations on names. */
export interface SyncNames {
  mkdirSync(path: unknown, options?: unknown): string | undefined;
  mkdtempSync(prefix: unknown, options?: unknown): string | Buffer;
  rmdirSync(path: unknown, options?: unknown): void;
  unlinkSync(path: unknown): void;
  renameSync(from: unknown, to: unknown): void;
  linkSync(existing: unknown, path: unknown): void;
  symlinkSync(target: unknown, path: unknown, type?: unknown): void;
  readlinkSync(path: unknown, options?: unknown): string | Buffer;
  readdirSync(path: unknown, options?: unknown): (string | Buffer | Dirent)[];
  /** The names of one directory, in its own order. */
  entriesOf(path: string, syscall: string): Entry[];
}

const MKDTEMP_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** So many names are tried before `mkdtemp` gives up (glibc tries 62^3). */
const MKDTEMP_ATTEMPTS = 1000;

export function createSyncNames(context: FsContext): SyncNames {
  const { vfs, stat } = context;

  function mkdirSync(path: unknown, options?: unknown): string | undefined {
    const name = toPath(path);
    if (options === undefined) {
      check(vfs.mkdir(name, 0o777), "mkdir", name);
      return undefined;
    }
    let chosen: MkdirOptions = {};
    let modeName = "mode";
    if (typeof options === "number" || typeof options === "string") chosen = { mode: options };
    else if (options !== null && typeof options === "object") {
      chosen = options as MkdirOptions;
      modeName = "options.mode";
    }
    const recursive = chosen.recursive ?? false;
    validateBoolean(recursive, "options.recursive");
    const mode = toMode(chosen.mode, modeName, 0o777);
    if (recursive) return makeAll(name, mode);
    check(vfs.mkdir(name, mode), "mkdir", name);
    return undefined;
  }

  /** Makes a directory and those above it. @returns The first that was made, as an absolute path. */
  function makeAll(path: string, mode: number): string | undefined {
    const pending = [path];
    let first: string | undefined;
    for (let at = pending.at(-1); at !== undefined; at = pending.at(-1)) {
      const result = vfs.mkdir(at, mode);
      const slash = at.lastIndexOf("/");
      if (result === -ERRNO["ENOENT"]! && slash > 0) {
        pending.push(at.slice(0, slash));
        continue;
      }
      if (result === -ERRNO["EEXIST"]!) {
        check(vfs.stat(at, stat), "mkdir", path);
        const isDirectory = (stat.mode & S_IFMT) === S_IFDIR;
        if (!isDirectory) check(pending.length > 1 ? -ERRNO["ENOTDIR"]! : result, "mkdir", path);
      } else check(result, "mkdir", path);
      if (result === 0) first ??= at;
      pending.pop();
    }
    if (first === undefined) return undefined;
    return first.startsWith("/") ? first : joinPath(vfs.cwd(), first);
  }

  function mkdtempSync(prefix: unknown, options?: unknown): string | Buffer {
    const { encoding } = toOptions<EncodingOptions>(options, {});
    const start = toPath(prefix, "prefix");
    const random = new Uint8Array(6);
    let result = 0;
    for (let attempt = 0; attempt < MKDTEMP_ATTEMPTS; attempt++) {
      context.random(random);
      let path = start;
      for (const byte of random) path += MKDTEMP_LETTERS[byte % MKDTEMP_LETTERS.length]!;
      result = vfs.mkdir(path, 0o700);
      if (result === 0) return encodeName(path, encoding);
      if (result !== -ERRNO["EEXIST"]!) break;
    }
    throw systemError(result, "mkdtemp", `${start}XXXXXX`);
  }

  function renameSync(from: unknown, to: unknown): void {
    const source = toPath(from, "oldPath");
    const target = toPath(to, "newPath");
    check(vfs.rename(source, target), "rename", source, target);
  }

  function linkSync(existing: unknown, path: unknown): void {
    const source = toPath(existing, "existingPath");
    const target = toPath(path, "newPath");
    check(vfs.link(source, target), "link", source, target);
  }

  function symlinkSync(target: unknown, path: unknown, type?: unknown): void {
    validateOneOf(type, "type", ["dir", "file", "junction", null, undefined]);
    const content = toPath(target, "target");
    const name = toPath(path);
    check(vfs.symlink(content, name), "symlink", content, name);
  }

  function readlinkSync(path: unknown, options?: unknown): string | Buffer {
    const { encoding } = toOptions<EncodingOptions>(options, {});
    const name = toPath(path);
    const target = vfs.readlink(name);
    if (typeof target === "number") throw systemError(target, "readlink", name);
    return encodeName(target, encoding);
  }

  function entriesOf(path: string, syscall: string): Entry[] {
    const entries: Entry[] = [];
    const accept = (name: string, type: number) => void entries.push({ name, type });
    check(vfs.readdir(path, accept), syscall, path);
    return entries;
  }

  function namesOf(path: string): string[] {
    const names: string[] = [];
    check(
      vfs.readdir(path, (name) => void names.push(name)),
      "scandir",
      path,
    );
    return names.toSorted();
  }

  /** Sorted by name, as libuv does. */
  function readdirSync(path: unknown, options?: unknown): (string | Buffer | Dirent)[] {
    if (options === undefined) return namesOf(toPath(path));
    const chosen = toOptions<ReaddirOptions>(options, {});
    const directory = toPath(path);
    const recursive = chosen.recursive ?? false;
    validateBoolean(recursive, "options.recursive");
    const { encoding } = chosen;
    const result: (string | Buffer | Dirent)[] = [];
    const pending = [""];
    for (let below = pending.shift(); below !== undefined; below = pending.shift()) {
      const place = below === "" ? directory : joinPath(directory, below);
      const entries = entriesOf(place, "scandir");
      entries.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const { name, type } of entries) {
        const relative = below === "" ? name : `${below}/${name}`;
        if (chosen.withFileTypes === true) {
          const parent = encoding === "buffer" ? encodeName(place, encoding) : place;
          result.push(new Dirent(encodeName(name, encoding), parent, type));
        } else result.push(encodeName(relative, encoding));
        if (recursive && type === S_IFDIR) pending.push(relative);
      }
    }
    return result;
  }

  return {
    mkdirSync,
    mkdtempSync,
    rmdirSync(path) {
      const name = toPath(path);
      check(vfs.rmdir(name), "rmdir", name);
    },
    unlinkSync(path) {
      const name = toPath(path);
      check(vfs.unlink(name), "unlink", name);
    },
    renameSync,
    linkSync,
    symlinkSync,
    readlinkSync,
    readdirSync,
    entriesOf,
  };
}
