import type { FileStat } from "./file-system.ts";
import { S_IFDIR, S_IFMT, S_ISVTX, X_OK } from "./modes.ts";

/**
 * In whose name the VFS acts. Uid 0 may do everything (POSIX: "appropriate privileges"), and is the
 * default: an image is one application.
 */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups: readonly number[];
}

export const SUPERUSER: Credentials = { uid: 0, gid: 0, groups: [] };

function inGroup(who: Credentials, gid: number): boolean {
  return who.gid === gid || who.groups.includes(gid);
}

/**
 * File access permissions (POSIX.1-2017, 4.5): exactly one of the three classes decides.
 *
 * @param want `R_OK | W_OK | X_OK`.
 * @returns True when all of `want` is granted. Uid 0 gets X_OK for a file only if somebody has it.
 */
export function permits(who: Credentials, stat: FileStat, want: number): boolean {
  if (who.uid === 0) {
    if ((want & X_OK) === 0 || (stat.mode & S_IFMT) === S_IFDIR) return true;
    return (stat.mode & 0o111) !== 0;
  }
  const shift = who.uid === stat.uid ? 6 : inGroup(who, stat.gid) ? 3 : 0;
  return ((stat.mode >> shift) & want) === want;
}

/** @returns True when `who` may change mode, owner and times of the file (its owner, or uid 0). */
export function owns(who: Credentials, stat: FileStat): boolean {
  return who.uid === 0 || who.uid === stat.uid;
}

/** @returns True when a chown by `who` is allowed: the owner may give a file to a group of theirs. */
export function mayChangeOwner(
  who: Credentials,
  stat: FileStat,
  uid: number,
  gid: number,
): boolean {
  if (who.uid === 0) return true;
  return who.uid === stat.uid && uid === stat.uid && (gid === stat.gid || inGroup(who, gid));
}

/** @returns True when the sticky bit of `directory` keeps `who` from removing `file`. */
export function stickyForbids(who: Credentials, directory: FileStat, file: FileStat): boolean {
  if (who.uid === 0 || (directory.mode & S_ISVTX) === 0) return false;
  return who.uid !== file.uid && who.uid !== directory.uid;
}
