import type { ShareDevice, ShareOpenFlags, ShareStat } from "../../libos/hal/mod.ts";
import { EPERM, ESTALE } from "../vfs/errno.ts";
import type {
  AcceptEntry,
  ChangeListener,
  FileStat,
  FileSystem,
  FileSystemStat,
  FileSystemSync,
} from "../vfs/mod.ts";
import {
  O_ACCMODE,
  O_APPEND,
  O_RDONLY,
  O_WRONLY,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from "../vfs/modes.ts";
import { SHARE_FS_LIMITS, type ShareFsLimits } from "./limits.ts";
import { PathNodes } from "./path-nodes.ts";
import { ShareWatches } from "./share-watches.ts";

/** V9FS_MAGIC of Linux's `statfs(2)`: the nearest relative of a share. */
const STATFS_TYPE = 0x01021997;
const BLOCK_BYTES = 4096;
const NAME_BYTES_MAX = 255;

/**
 * A folder of the host as a file system.
 *
 * Symbolic links are never followed by the host: the VFS reads them, and walks on within the
 * namespace of the application. The host may change the folder at any time, so nothing is cached.
 * Every file belongs to uid 0 and gid 0; `chown` to others is refused.
 */
export function createShareFs(
  device: ShareDevice,
  limits: ShareFsLimits = SHARE_FS_LIMITS,
): FileSystem & { readonly sync: FileSystemSync } {
  const { readOnly } = device;
  const info = { type: "share", readOnly, nameBytesMax: NAME_BYTES_MAX, cacheable: false };
  return { info, sync: new ShareFs(device, limits) };
}

/** Handles are those of the device; node numbers stand for paths of the device. */
class ShareFs implements FileSystemSync {
  readonly namesVersion = 0;
  readonly #device: ShareDevice;
  readonly #nodes: PathNodes;
  readonly #watches: ShareWatches;
  readonly #stat: ShareStat = {
    mode: 0,
    sizeBytes: 0,
    inode: 0,
    linkCount: 0,
    accessedUs: 0,
    modifiedUs: 0,
    changedUs: 0,
    createdUs: 0,
  };
  readonly #space = new Float64Array(4);
  readonly #root: number;
  /** The handle with which the latest file was created, until `open` asks for it; -1: none. */
  #createdHandle = -1;
  #createdNode = -1;

  constructor(device: ShareDevice, limits: ShareFsLimits) {
    this.#device = device;
    this.#nodes = new PathNodes(limits.nodes);
    this.#root = this.#nodes.numberOf("", S_IFDIR);
    this.retain(this.#root);
    this.#watches = new ShareWatches(device, limits.watchedFolders, this.#stat);
  }

  root(): number {
    return this.#root;
  }

  lookup(directory: number, name: string): number {
    const path = this.#nodes.get(directory)?.path;
    if (path === undefined) return -ESTALE;
    if (name === "..") return this.#nodes.numberOf(parentOf(path), S_IFDIR);
    return this.#look(join(path, name));
  }

  /** @returns The node of what is at `path`, or an error. */
  #look(path: string): number {
    const failure = this.#device.stat(path, this.#stat);
    return failure < 0 ? failure : this.#nodes.numberOf(path, this.#stat.mode & S_IFMT);
  }

  type(node: number): number {
    return this.#nodes.get(node)?.type ?? -ESTALE;
  }

  retain(node: number): void {
    const found = this.#nodes.get(node);
    if (found !== undefined) found.holds++;
  }

  release(node: number): void {
    const found = this.#nodes.get(node);
    if (found !== undefined) found.holds--;
  }

  stat(node: number, into: FileStat): number {
    const path = this.#nodes.get(node)?.path;
    if (path === undefined) return -ESTALE;
    const failure = this.#device.stat(path, this.#stat);
    if (failure === 0) fill(into, this.#stat);
    return failure;
  }

  statHandle(handle: number, into: FileStat): number {
    const failure = this.#device.statHandle(handle, this.#stat);
    if (failure === 0) fill(into, this.#stat);
    return failure;
  }

  readdir(directory: number, accept: AcceptEntry): number {
    const path = this.#nodes.get(directory)?.path;
    if (path === undefined) return -ESTALE;
    const entries = this.#device.readdir(path);
    if (typeof entries === "number") return entries;
    for (const { name, type } of entries) accept(name, type, 0);
    return entries.length;
  }

  readlink(node: number): string | number {
    const path = this.#nodes.get(node)?.path;
    return path === undefined ? -ESTALE : this.#device.readlink(path);
  }

  /** Keeps the handle for the `open` that follows: `mode` may forbid a second one (POSIX `open`). */
  create(directory: number, name: string, mode: number, _uid: number, _gid: number): number {
    const path = this.#pathIn(directory, name);
    if (path === undefined) return -ESTALE;
    const handle = this.#device.open(path, CREATE_FLAGS, mode);
    if (handle < 0) return handle;
    if (this.#createdHandle >= 0) this.#device.close(this.#createdHandle);
    this.#createdHandle = handle;
    this.#createdNode = this.#nodes.numberOf(path, S_IFREG);
    return this.#createdNode;
  }

  mkdir(directory: number, name: string, mode: number, _uid: number, _gid: number): number {
    const path = this.#pathIn(directory, name);
    if (path === undefined) return -ESTALE;
    const failure = this.#device.mkdir(path, mode);
    return failure < 0 ? failure : this.#nodes.numberOf(path, S_IFDIR);
  }

  symlink(directory: number, name: string, target: string, _uid: number, _gid: number): number {
    const path = this.#pathIn(directory, name);
    if (path === undefined) return -ESTALE;
    const failure = this.#device.symlink(target, path);
    return failure < 0 ? failure : this.#nodes.numberOf(path, S_IFLNK);
  }

  link(node: number, directory: number, name: string): number {
    const existing = this.#nodes.get(node)?.path;
    const path = this.#pathIn(directory, name);
    if (existing === undefined || path === undefined) return -ESTALE;
    return this.#device.link(existing, path);
  }

  unlink(directory: number, name: string): number {
    const path = this.#pathIn(directory, name);
    if (path === undefined) return -ESTALE;
    const result = this.#device.unlink(path);
    if (result === 0) this.#nodes.remove(path);
    return result;
  }

  rmdir(directory: number, name: string): number {
    const path = this.#pathIn(directory, name);
    if (path === undefined) return -ESTALE;
    const result = this.#device.rmdir(path);
    if (result === 0) this.#nodes.remove(path);
    return result;
  }

  rename(fromDirectory: number, fromName: string, directory: number, name: string): number {
    const from = this.#pathIn(fromDirectory, fromName);
    const to = this.#pathIn(directory, name);
    if (from === undefined || to === undefined) return -ESTALE;
    const result = this.#device.rename(from, to);
    if (result === 0 && from !== to) this.#nodes.move(from, to);
    return result;
  }

  setMode(node: number, mode: number): number {
    const path = this.#nodes.get(node)?.path;
    return path === undefined ? -ESTALE : this.#device.chmod(path, mode);
  }

  setOwner(_node: number, uid: number, gid: number): number {
    return uid === 0 && gid === 0 ? 0 : -EPERM;
  }

  setTimes(node: number, accessedUs: number, modifiedUs: number): number {
    const path = this.#nodes.get(node)?.path;
    return path === undefined ? -ESTALE : this.#device.utimes(path, accessedUs, modifiedUs);
  }

  open(node: number, flags: number): number {
    if (node === this.#createdNode && this.#createdHandle >= 0) {
      const handle = this.#createdHandle;
      this.#createdHandle = -1;
      return handle;
    }
    const path = this.#nodes.get(node)?.path;
    if (path === undefined) return -ESTALE;
    const access = flags & O_ACCMODE;
    return this.#device.open(
      path,
      {
        read: access !== O_WRONLY,
        write: access !== O_RDONLY,
        create: false,
        exclusive: false,
        truncate: false,
        append: (flags & O_APPEND) !== 0 && access !== O_RDONLY,
      },
      0,
    );
  }

  close(handle: number): number {
    return this.#device.close(handle);
  }

  read(
    handle: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number {
    return this.#device.read(handle, target, targetOffset, length, position);
  }

  write(
    handle: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number {
    let at = position;
    if (position < 0) {
      const failure = this.#device.statHandle(handle, this.#stat);
      if (failure < 0) return failure;
      at = this.#stat.sizeBytes;
    }
    return this.#device.write(handle, source, sourceOffset, length, at);
  }

  truncate(handle: number, sizeBytes: number): number {
    return this.#device.truncate(handle, sizeBytes);
  }

  sync(handle: number): number {
    return this.#device.sync(handle);
  }

  statfs(into: FileSystemStat): number {
    const failure = this.#device.statfs(this.#space);
    if (failure < 0) return failure;
    const [totalBytes = 0, freeBytes = 0, files = 0, freeFiles = 0] = this.#space;
    into.type = STATFS_TYPE;
    into.blockBytes = BLOCK_BYTES;
    into.blocks = Math.floor(totalBytes / BLOCK_BYTES);
    into.freeBlocks = Math.floor(freeBytes / BLOCK_BYTES);
    into.files = files;
    into.freeFiles = freeFiles;
    return 0;
  }

  watch(node: number, recursive: boolean, listener: ChangeListener): number {
    const found = this.#nodes.get(node);
    if (found === undefined) return -ESTALE;
    return this.#watches.add(found.path, found.type === S_IFDIR, recursive, listener);
  }

  unwatch(watch: number): void {
    this.#watches.remove(watch);
  }

  #pathIn(directory: number, name: string): string | undefined {
    const path = this.#nodes.get(directory)?.path;
    return path === undefined ? undefined : join(path, name);
  }
}

const CREATE_FLAGS: ShareOpenFlags = {
  read: true,
  write: true,
  create: true,
  exclusive: true,
  truncate: false,
  append: false,
};

/** Paths of a share are relative to its root, which is "". */
function join(directory: string, name: string): string {
  return directory === "" ? name : `${directory}/${name}`;
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The device tells neither owners nor allocation: all is uid 0's, and nothing is a hole. */
function fill(into: FileStat, from: ShareStat): void {
  into.inode = from.inode;
  into.mode = from.mode;
  into.linkCount = from.linkCount;
  into.uid = 0;
  into.gid = 0;
  into.sizeBytes = from.sizeBytes;
  into.allocatedBytes = from.sizeBytes;
  into.blockBytes = BLOCK_BYTES;
  into.accessedUs = from.accessedUs;
  into.modifiedUs = from.modifiedUs;
  into.changedUs = from.changedUs;
  into.createdUs = from.createdUs;
}
