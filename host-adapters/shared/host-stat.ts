import type { ShareStat } from "../../libos/hal/mod.ts";
import type { HostFileType, HostStat } from "./host-fs.ts";

/** The type bits of POSIX `st_mode`. */
export const S_IF = {
  FIFO: 0o010000,
  CHR: 0o020000,
  DIR: 0o040000,
  BLK: 0o060000,
  REG: 0o100000,
  LNK: 0o120000,
  SOCK: 0o140000,
} as const;

/** @returns The type bits; 0 for a type that the host does not know. */
export function fileType(file: HostFileType): number {
  if (file.isFile()) return S_IF.REG;
  if (file.isDirectory()) return S_IF.DIR;
  if (file.isSymbolicLink()) return S_IF.LNK;
  if (file.isFIFO()) return S_IF.FIFO;
  if (file.isSocket()) return S_IF.SOCK;
  if (file.isCharacterDevice()) return S_IF.CHR;
  return file.isBlockDevice() ? S_IF.BLK : 0;
}

/** Fills in what the host says. @returns 0. */
export function fillStat(into: ShareStat, stat: HostStat): number {
  into.mode = fileType(stat) | (stat.mode & 0o7777);
  into.sizeBytes = stat.size;
  into.inode = stat.ino;
  into.linkCount = stat.nlink;
  into.accessedUs = Math.round(stat.atimeMs * 1000);
  into.modifiedUs = Math.round(stat.mtimeMs * 1000);
  into.changedUs = Math.round(stat.ctimeMs * 1000);
  into.createdUs = Math.round(stat.birthtimeMs * 1000);
  return 0;
}
