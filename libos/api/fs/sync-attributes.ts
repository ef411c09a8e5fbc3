import type { Buffer } from "buffer";
import { createFileSystemStat, type FileStat } from "../../../components/vfs/mod.ts";
import { S_IFLNK, S_IFMT } from "../../../components/vfs/modes.ts";
import { ERRNO, systemError } from "../shared/errors.ts";
import {
  encodeName,
  toFd,
  toMode,
  toOptions,
  toOwner,
  toTimeUs,
  validateModeBits,
  type ResultEncoding,
} from "./arguments.ts";
import { check, type FsContext } from "./context.ts";
import { parentPath, resolvePath, toPath } from "./paths.ts";
import { BigIntStats, createStatFs, Stats, type StatFs } from "./stats.ts";

interface StatOptions {
  bigint?: boolean;
  throwIfNoEntry?: boolean;
}

interface EncodingOptions {
  encoding?: ResultEncoding;
}

/** Operations on attributes. */
export interface SyncAttributes {
  statSync(path: unknown, options?: StatOptions): Stats | BigIntStats | undefined;
  lstatSync(path: unknown, options?: StatOptions): Stats | BigIntStats | undefined;
  fstatSync(fd: unknown, options?: StatOptions): Stats | BigIntStats;
  statfsSync(path: unknown, options?: StatOptions): StatFs<number | bigint>;
  existsSync(path: unknown): boolean;
  accessSync(path: unknown, mode?: unknown): void;
  realpathSync(path: unknown, options?: unknown): string | Buffer;
  nativeRealpathSync(path: unknown, options?: unknown): string | Buffer;
  chmodSync(path: unknown, mode: unknown): void;
  fchmodSync(fd: unknown, mode: unknown): void;
  chownSync(path: unknown, uid: unknown, gid: unknown): void;
  lchownSync(path: unknown, uid: unknown, gid: unknown): void;
  fchownSync(fd: unknown, uid: unknown, gid: unknown): void;
  utimesSync(path: unknown, atime: unknown, mtime: unknown): void;
  lutimesSync(path: unknown, atime: unknown, mtime: unknown): void;
  futimesSync(fd: unknown, atime: unknown, mtime: unknown): void;
}

export function createSyncAttributes(context: FsContext): SyncAttributes {
  const { vfs, stat, wallUs } = context;

  function toStats(from: FileStat, options: StatOptions | undefined): Stats | BigIntStats {
    return options?.bigint === true ? new BigIntStats(from) : new Stats(from);
  }

  function failStat(
    result: number,
    syscall: string,
    path: string,
    options: StatOptions | undefined,
  ): undefined {
    const isMissing = result === -ERRNO["ENOENT"]! || result === -ERRNO["ENOTDIR"]!;
    if (isMissing && options?.throwIfNoEntry === false) return undefined;
    throw systemError(result, syscall, path);
  }

  function statSync(path: unknown, options?: StatOptions): Stats | BigIntStats | undefined {
    const name = toPath(path);
    const result = vfs.stat(name, stat);
    return result < 0 ? failStat(result, "stat", name, options) : toStats(stat, options);
  }

  function lstatSync(path: unknown, options?: StatOptions): Stats | BigIntStats | undefined {
    const name = toPath(path);
    const result = vfs.lstat(name, stat);
    return result < 0 ? failStat(result, "lstat", name, options) : toStats(stat, options);
  }

  function fstatSync(fd: unknown, options?: StatOptions): Stats | BigIntStats {
    check(vfs.fstat(toFd(fd), stat), "fstat");
    return toStats(stat, options);
  }

  function statfsSync(path: unknown, options?: StatOptions): StatFs<number | bigint> {
    const name = toPath(path);
    const answer = createFileSystemStat();
    check(vfs.statfs(name, answer), "statfs", name);
    return createStatFs(answer, options?.bigint === true);
  }

  function existsSync(path: unknown): boolean {
    if (typeof path === "string") return vfs.access(path, 0) === 0;
    try {
      return vfs.access(toPath(path), 0) === 0;
    } catch {
      return false;
    }
  }

  function accessSync(path: unknown, mode?: unknown): void {
    const name = toPath(path);
    const want = mode ?? 0;
    validateModeBits(want);
    check(vfs.access(name, want), "access", name);
  }

  /** As Node's own walk: "." and ".." go first, and an error names the place where it ended. */
  function realpathSync(path: unknown, options?: unknown): string | Buffer {
    const { encoding } = toOptions<EncodingOptions>(options, {});
    const name = toPath(path);
    const absolute = resolvePath(vfs.cwd(), name);
    const real = vfs.realpath(absolute);
    if (typeof real === "string") return encodeName(real, encoding);
    throw realpathError(absolute, real);
  }

  /** Walks a path for which there is no real one, until the error comes. */
  function realpathError(absolute: string, failure: number): Error {
    let path = absolute;
    let slash = 0;
    const seen = new Set<string>();
    while (slash >= 0) {
      slash = path.indexOf("/", slash + 1);
      const part = slash < 0 ? path : path.slice(0, slash);
      let result = vfs.lstat(part, stat);
      if (result < 0) return systemError(result, "lstat", part);
      if ((stat.mode & S_IFMT) !== S_IFLNK) continue;
      // A link that was met before is not looked through again.
      const link = `${stat.device}:${stat.inode}`;
      if (!seen.has(link)) {
        result = vfs.stat(part, stat);
        if (result < 0) return systemError(result, "stat", part);
        seen.add(link);
      }
      const rest = slash < 0 ? "" : path.slice(slash);
      path = resolvePath(parentPath(part), `${vfs.readlink(part)}${rest}`);
      slash = 0;
    }
    return systemError(failure, "lstat", path);
  }

  function nativeRealpathSync(path: unknown, options?: unknown): string | Buffer {
    const { encoding } = toOptions<EncodingOptions>(options, {});
    const name = toPath(path);
    const real = vfs.realpath(name);
    if (typeof real === "number") throw systemError(real, "realpath", name);
    return encodeName(real, encoding);
  }

  function changeOwner(
    path: unknown,
    uid: unknown,
    gid: unknown,
    follow: boolean,
    syscall: string,
  ): void {
    const name = toPath(path);
    const result = vfs.chown(name, toOwner(uid, "uid"), toOwner(gid, "gid"), follow);
    check(result, syscall, name);
  }

  function changeTimes(
    path: unknown,
    atime: unknown,
    mtime: unknown,
    follow: boolean,
    syscall: string,
  ): void {
    const name = toPath(path);
    const result = vfs.utimes(name, toTimeUs(atime, wallUs), toTimeUs(mtime, wallUs), follow);
    check(result, syscall, name);
  }

  return {
    statSync,
    lstatSync,
    fstatSync,
    statfsSync,
    existsSync,
    accessSync,
    realpathSync,
    nativeRealpathSync,
    chmodSync(path, mode) {
      const name = toPath(path);
      check(vfs.chmod(name, toMode(mode, "mode")), "chmod", name);
    },
    fchmodSync: (fd, mode) => void check(vfs.fchmod(toFd(fd), toMode(mode, "mode")), "fchmod"),
    chownSync: (path, uid, gid) => changeOwner(path, uid, gid, true, "chown"),
    lchownSync: (path, uid, gid) => changeOwner(path, uid, gid, false, "lchown"),
    fchownSync(fd, uid, gid) {
      const descriptor = toFd(fd);
      check(vfs.fchown(descriptor, toOwner(uid, "uid"), toOwner(gid, "gid")), "fchown");
    },
    utimesSync: (path, atime, mtime) => changeTimes(path, atime, mtime, true, "utime"),
    lutimesSync: (path, atime, mtime) => changeTimes(path, atime, mtime, false, "lutime"),
    futimesSync(fd, atime, mtime) {
      const descriptor = toFd(fd);
      const accessedUs = toTimeUs(atime, wallUs, "atime");
      check(vfs.futimes(descriptor, accessedUs, toTimeUs(mtime, wallUs, "mtime")), "futime");
    },
  };
}
