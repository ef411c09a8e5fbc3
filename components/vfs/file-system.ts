/** What `stat` says of a file. One object is reused for many calls. */
export interface FileStat {
  /** The number of the file system; the VFS fills it in. */
  device: number;
  /** The number of the file, unique in its file system while the file exists. */
  inode: number;
  /** Type and permission bits (POSIX `st_mode`). */
  mode: number;
  linkCount: number;
  uid: number;
  gid: number;
  sizeBytes: number;
  /** Bytes that the content occupies in the store; less than `sizeBytes` for a sparse file. */
  allocatedBytes: number;
  /** The size of transfers that suits the file system best. */
  blockBytes: number;
  /** Times in microseconds since the Unix epoch: last read, last write, last change of the inode. */
  accessedUs: number;
  modifiedUs: number;
  changedUs: number;
  createdUs: number;
}

/** @returns A `FileStat` to hand to `stat`, all zero. */
export function createFileStat(): FileStat {
  return {
    device: 0,
    inode: 0,
    mode: 0,
    linkCount: 0,
    uid: 0,
    gid: 0,
    sizeBytes: 0,
    allocatedBytes: 0,
    blockBytes: 4096,
    accessedUs: 0,
    modifiedUs: 0,
    changedUs: 0,
    createdUs: 0,
  };
}

/** What `statfs` says of a file system. */
export interface FileSystemStat {
  /** The kind as a number, as Linux's `statfs(2)` has it: 0x01021994 for a file system in memory. */
  type: number;
  blockBytes: number;
  blocks: number;
  freeBlocks: number;
  files: number;
  freeFiles: number;
}

/** @returns A `FileSystemStat` to hand to `statfs`, all zero. */
export function createFileSystemStat(): FileSystemStat {
  return { type: 0, blockBytes: 4096, blocks: 0, freeBlocks: 0, files: 0, freeFiles: 0 };
}

/** The fixed properties of a file system. */
export interface FileSystemInfo {
  /** The kind, as a mount table shows it: "memfs", "share". */
  readonly type: string;
  /** True when every change is answered with EROFS. */
  readonly readOnly: boolean;
  /** The longest name in bytes of UTF-8. */
  readonly nameBytesMax: number;
  /**
   * True when names change by the operations of this interface only, so that the VFS may remember
   * where a path led as long as `namesVersion` stays the same.
   */
  readonly cacheable: boolean;
}

/** What a change was: of a file's content or attributes, or of a name in a directory. */
export type ChangeKind = "change" | "rename";

/**
 * Takes one change. `name` is relative to what is watched: a name in the directory, or the file's
 * own name. It is called from inside of the operation that made the change, so it may take note
 * only, and must not call the file system.
 */
export type ChangeListener = (kind: ChangeKind, name: string) => void;

/** Takes one name of a directory; `type` holds the type bits of `st_mode`. */
export type AcceptEntry = (name: string, type: number, inode: number) => void;

/**
 * A file system: what a mount point leads to. `memfs` and `share-fs` implement it.
 *
 * Blocking is a capability, as in the HAL: `sync` is there when every operation can be answered
 * before it returns, because the data is in memory or the platform may wait for the device. A file
 * system that can't (a disk without `transferSync`, 9P over a connection) leaves it out, and a
 * mount without it is refused with ENOTSUP.
 */
export interface FileSystem {
  readonly info: FileSystemInfo;
  readonly sync?: FileSystemSync;
}

/**
 * The operations of a file system whose answers do not have to be waited for.
 *
 * - A **node** is an integer >= 0 that names a file, a directory or a link: whatever `lookup` or a
 *   creating operation returned. It is valid for the running call of the VFS; in a `cacheable` file
 *   system until `namesVersion` changes; in any, from `retain` to `release`.
 * - A **handle** is an integer >= 0 that names an open file, from `open` to `close`. It works on
 *   after the file's last name is gone.
 * - A **name** is one component of a path: not empty, without "/" and NUL, within `nameBytesMax`,
 *   and neither "." nor ".." but in `lookup`.
 *
 * Every operation returns a number >= 0, or a negated error number, and then nothing has changed.
 * None throws. Who may do what is the VFS's business; a file system checks no permissions.
 */
export interface FileSystemSync {
  /** Counts changes after which a known path may lead elsewhere: a removal, a rename, `setMode` or `setOwner` of a directory. */
  readonly namesVersion: number;
  /** @returns The node of the root directory. It needs no `retain`. */
  root(): number;
  /** @returns The node under `name`; ".." gives the parent, and the root for the root. ENOENT, ENOTDIR. */
  lookup(directory: number, name: string): number;
  /** @returns The type bits of `st_mode`, or ESTALE. */
  type(node: number): number;
  retain(node: number): void;
  release(node: number): void;
  stat(node: number, into: FileStat): number;
  statHandle(handle: number, into: FileStat): number;
  /** Hands over every name but "." and "..". @returns The number of names, or ENOTDIR. */
  readdir(directory: number, accept: AcceptEntry): number;
  /** @returns The target, or EINVAL for what is no symbolic link. */
  readlink(node: number): string | number;
  /** Makes an empty regular file. @returns Its node. EEXIST, ENOSPC, ENOTDIR, EROFS. */
  create(directory: number, name: string, mode: number, uid: number, gid: number): number;
  mkdir(directory: number, name: string, mode: number, uid: number, gid: number): number;
  /** `target` is 1 .. 4095 bytes, and is kept as it is. */
  symlink(directory: number, name: string, target: string, uid: number, gid: number): number;
  /** Gives a file a further name. EEXIST, EMLINK, EPERM for a directory. */
  link(node: number, directory: number, name: string): number;
  /** Removes a name of what is no directory. ENOENT, EISDIR. */
  unlink(directory: number, name: string): number;
  /** Removes an empty directory. ENOENT, ENOTDIR, ENOTEMPTY. */
  rmdir(directory: number, name: string): number;
  /**
   * Moves a name and replaces what is at the target, atomically (POSIX `rename`). The same file
   * under both names: success, and nothing happens. EINVAL when a directory would come to lie in
   * itself; EISDIR, ENOTDIR, ENOTEMPTY, ENOENT.
   */
  rename(fromDirectory: number, fromName: string, directory: number, name: string): number;
  /** @param mode Permission bits only. */
  setMode(node: number, mode: number): number;
  setOwner(node: number, uid: number, gid: number): number;
  setTimes(node: number, accessedUs: number, modifiedUs: number): number;
  /**
   * Opens a file, or a directory for reading.
   *
   * @param flags `O_` bits. Only the access mode and O_APPEND matter here: the VFS has seen to the
   *   others.
   */
  open(node: number, flags: number): number;
  close(handle: number): number;
  /** @returns Bytes read; fewer than `length` at the end of the file only. EISDIR. */
  read(
    handle: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number;
  /**
   * @param position Where to write; -1 appends.
   * @returns Bytes written; fewer than `length` where there was room for the first part only.
   *   ENOSPC when there was none, EFBIG.
   */
  write(
    handle: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number;
  /** Sets the size; what is added reads as zeros. EFBIG, EINVAL for a directory. */
  truncate(handle: number, sizeBytes: number): number;
  /** Brings what was written to the store that survives, where there is one. */
  sync(handle: number): number;
  statfs(into: FileSystemStat): number;
  /**
   * Reports changes of a file, of the names and files in a directory, and with `recursive` below it.
   *
   * @returns A watch, >= 0, for `unwatch`. ENOSPC at the file system's bound.
   */
  watch(node: number, recursive: boolean, listener: ChangeListener): number;
  unwatch(watch: number): void;
}
