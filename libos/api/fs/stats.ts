import type { FileStat, FileSystemStat } from "../../../components/vfs/mod.ts";
import { constants } from "./constants.ts";

const { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK } = constants;
/** `st_blocks` counts these. */
const STAT_BLOCK_BYTES = 512;

/** The questions that `Stats` and `BigIntStats` answer. */
abstract class StatsBase {
  abstract readonly mode: number | bigint;

  isDirectory(): boolean {
    return hasType(this.mode, S_IFDIR);
  }

  isFile(): boolean {
    return hasType(this.mode, S_IFREG);
  }

  isBlockDevice(): boolean {
    return hasType(this.mode, S_IFBLK);
  }

  isCharacterDevice(): boolean {
    return hasType(this.mode, S_IFCHR);
  }

  isSymbolicLink(): boolean {
    return hasType(this.mode, S_IFLNK);
  }

  isFIFO(): boolean {
    return hasType(this.mode, S_IFIFO);
  }

  isSocket(): boolean {
    return hasType(this.mode, S_IFSOCK);
  }
}

function hasType(mode: number | bigint, type: number): boolean {
  return (Number(mode) & S_IFMT) === type;
}

/** `fs.Stats`: what `stat` says, with times in milliseconds. */
export class Stats extends StatsBase {
  readonly dev: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly blksize: number;
  readonly ino: number;
  readonly size: number;
  readonly blocks: number;
  readonly atimeMs: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly birthtimeMs: number;
  declare atime: Date;
  declare mtime: Date;
  declare ctime: Date;
  declare birthtime: Date;

  constructor(stat: FileStat) {
    super();
    this.dev = stat.device;
    this.mode = stat.mode;
    this.nlink = stat.linkCount;
    this.uid = stat.uid;
    this.gid = stat.gid;
    this.rdev = 0;
    this.blksize = stat.blockBytes;
    this.ino = stat.inode;
    this.size = stat.sizeBytes;
    this.blocks = Math.ceil(stat.allocatedBytes / STAT_BLOCK_BYTES);
    this.atimeMs = stat.accessedUs / 1000;
    this.mtimeMs = stat.modifiedUs / 1000;
    this.ctimeMs = stat.changedUs / 1000;
    this.birthtimeMs = stat.createdUs / 1000;
  }
}

/** `fs.BigIntStats`: the same as `bigint`, with times in nanoseconds too. */
export class BigIntStats extends StatsBase {
  readonly dev: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly rdev: bigint;
  readonly blksize: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly atimeMs: bigint;
  readonly mtimeMs: bigint;
  readonly ctimeMs: bigint;
  readonly birthtimeMs: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
  declare atime: Date;
  declare mtime: Date;
  declare ctime: Date;
  declare birthtime: Date;

  constructor(stat: FileStat) {
    super();
    this.dev = BigInt(stat.device);
    this.mode = BigInt(stat.mode);
    this.nlink = BigInt(stat.linkCount);
    this.uid = BigInt(stat.uid);
    this.gid = BigInt(stat.gid);
    this.rdev = 0n;
    this.blksize = BigInt(stat.blockBytes);
    this.ino = BigInt(stat.inode);
    this.size = BigInt(stat.sizeBytes);
    this.blocks = BigInt(Math.ceil(stat.allocatedBytes / STAT_BLOCK_BYTES));
    this.atimeNs = BigInt(stat.accessedUs) * 1000n;
    this.mtimeNs = BigInt(stat.modifiedUs) * 1000n;
    this.ctimeNs = BigInt(stat.changedUs) * 1000n;
    this.birthtimeNs = BigInt(stat.createdUs) * 1000n;
    this.atimeMs = this.atimeNs / 1_000_000n;
    this.mtimeMs = this.mtimeNs / 1_000_000n;
    this.ctimeMs = this.ctimeNs / 1_000_000n;
    this.birthtimeMs = this.birthtimeNs / 1_000_000n;
  }
}

/** Gives `atime` and its kin as accessors that make the `Date` when it is first asked for. */
function defineDates(prototype: object): void {
  for (const name of ["atime", "mtime", "ctime", "birthtime"]) {
    const setOwn = (target: object, value: unknown) =>
      Object.defineProperty(target, name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    Object.defineProperty(prototype, name, {
      enumerable: true,
      configurable: true,
      get(this: Record<string, number | bigint>): Date {
        const date = new Date(Math.round(Number(this[`${name}Ms`])));
        setOwn(this, date);
        return date;
      },
      set(this: object, value: unknown) {
        setOwn(this, value);
      },
    });
  }
}

defineDates(Stats.prototype);
defineDates(BigIntStats.prototype);

/** `fs.StatFs`: what `statfs` says. */
export interface StatFs<T extends number | bigint> {
  readonly type: T;
  readonly bsize: T;
  readonly frsize: T;
  readonly blocks: T;
  readonly bfree: T;
  readonly bavail: T;
  readonly files: T;
  readonly ffree: T;
}

/** @returns The answer of `statfs`, as numbers or as `bigint`s. */
export function createStatFs(stat: FileSystemStat, asBigInt: boolean): StatFs<number | bigint> {
  const as = (value: number): number | bigint => (asBigInt ? BigInt(value) : value);
  return {
    type: as(stat.type),
    bsize: as(stat.blockBytes),
    frsize: as(stat.blockBytes),
    blocks: as(stat.blocks),
    bfree: as(stat.freeBlocks),
    bavail: as(stat.freeBlocks),
    files: as(stat.files),
    ffree: as(stat.freeFiles),
  };
}
