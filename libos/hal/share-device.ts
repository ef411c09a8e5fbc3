/** What a share says of one file. Times are microseconds since the Unix epoch. */
export interface ShareStat {
  /** Type and permission bits as in POSIX `st_mode`. */
  mode: number;
  sizeBytes: number;
  /** The same number for the same file while it is not deleted. */
  inode: number;
  linkCount: number;
  accessedUs: number;
  modifiedUs: number;
  changedUs: number;
  createdUs: number;
}

/** One name in a folder. `type` holds the type bits of POSIX `st_mode`. */
export interface ShareEntry {
  readonly name: string;
  readonly type: number;
}

/** How `open` opens: POSIX meanings. `create` makes a regular file that is absent. */
export interface ShareOpenFlags {
  readonly read: boolean;
  readonly write: boolean;
  readonly create: boolean;
  readonly exclusive: boolean;
  readonly truncate: boolean;
  readonly append: boolean;
}

/**
 * A folder of the host, lent to a system, in the manner of 9P and virtio-fs.
 *
 * **Paths** are relative to the share's root, `/`-separated, without a leading slash; `""` is the
 * root. A path that has an empty, `.` or `..` component gets EINVAL. The device follows no symbolic
 * link, not even inside the path: a link on the way gets ELOOP (the caller reads links with
 * `readlink` and walks on by itself). So nothing outside the folder can be reached.
 *
 * **Results**: a number >= 0 is success; a negative one is `-errno` with Linux's numbers (`-2` is
 * ENOENT). Where a value is not a number, the failure is the negative number in its place.
 * Calls are synchronous and do not wait for anything but the host's file system. A read-only share
 * answers EROFS to every change.
 */
export interface ShareDevice {
  /** The name under which the composition mounts it. */
  readonly name: string;
  readonly readOnly: boolean;
  stat(path: string, into: ShareStat): number;
  readdir(path: string): readonly ShareEntry[] | number;
  readlink(path: string): string | number;
  /** @returns A handle >= 0. Opening a folder for reading is allowed (for `fsync`). */
  open(path: string, flags: ShareOpenFlags, mode: number): number;
  /** `fstat` of an open handle, which works on after the file was unlinked. */
  statHandle(handle: number, into: ShareStat): number;
  /** Reads up to `length` bytes at `position`; a short count means the end of the file. */
  read(
    handle: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number;
  /** Writes all of `length` bytes at `position`, or a shorter count where the host is full. */
  write(
    handle: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number;
  truncate(handle: number, sizeBytes: number): number;
  sync(handle: number): number;
  close(handle: number): number;
  mkdir(path: string, mode: number): number;
  unlink(path: string): number;
  rmdir(path: string): number;
  rename(from: string, to: string): number;
  link(existing: string, path: string): number;
  symlink(target: string, path: string): number;
  chmod(path: string, mode: number): number;
  utimes(path: string, accessedUs: number, modifiedUs: number): number;
  /** Space of the host's file system: total and free bytes, total and free inodes. */
  statfs(into: Float64Array): number;
  /**
   * Starts to report changes under `path` (a folder, or one file); they are fetched by `changes`.
   *
   * @returns A watch number >= 0.
   */
  watch(path: string): number;
  unwatch(watch: number): number;
  /** Hands over changes since the last call: `name` is relative to the watched path. */
  changes(accept: (watch: number, kind: "change" | "rename", name: string) => void): number;
  /** Sets the one handler for: changes to fetch. */
  onReady(handler: () => void): void;
}
