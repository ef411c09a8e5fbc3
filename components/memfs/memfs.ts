import {
  EEXIST,
  EINVAL,
  EISDIR,
  EMLINK,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  ESTALE,
  EFBIG,
} from "../vfs/errno.ts";
import {
  utf8Length,
  type AcceptEntry,
  type ChangeKind,
  type ChangeListener,
  type FileStat,
  type FileSystem,
  type FileSystemInfo,
  type FileSystemStat,
  type FileSystemSync,
} from "../vfs/mod.ts";
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "../vfs/modes.ts";
import { ChunkStore } from "./chunk-store.ts";
import { readContent, truncateContent, writeContent } from "./content.ts";
import { Directory } from "./directory.ts";
import type { Inode } from "./inode.ts";
import { InodeTable } from "./inode-table.ts";
import { MEMFS_LIMITS, type MemfsLimits } from "./limits.ts";
import { Watches } from "./watches.ts";

/** TMPFS_MAGIC of Linux's `statfs(2)`. */
const STATFS_TYPE = 0x01021994;
const BLOCK_BYTES = 4096;

/**
 * A file system in memory.
 *
 * Nothing is lost at a bound: what does not fit is refused, and what was there stays as it was.
 *
 * @param needs `wallUs` gives the time of day in microseconds since the epoch; it is asked once for
 *   each change.
 */
export function createMemfs(
  needs: { readonly wallUs: () => number },
  limits: MemfsLimits = MEMFS_LIMITS,
): FileSystem & { readonly sync: FileSystemSync } {
  const info: FileSystemInfo = {
    type: "memfs",
    readOnly: false,
    nameBytesMax: limits.nameBytes,
    cacheable: true,
  };
  return { info, sync: new Memfs(needs.wallUs, limits) };
}

/** Node numbers and handles are slots of the table of inodes. */
class Memfs implements FileSystemSync {
  namesVersion = 0;
  readonly #wallUs: () => number;
  readonly #limits: MemfsLimits;
  readonly #store: ChunkStore;
  readonly #inodes: InodeTable;
  readonly #watches = new Watches();

  constructor(wallUs: () => number, limits: MemfsLimits) {
    this.#wallUs = wallUs;
    this.#limits = limits;
    this.#store = new ChunkStore(limits.bytes, limits.recycledBytes);
    this.#inodes = new InodeTable(wallUs, this.#store);
    const root = this.#inodes.add(S_IFDIR | 0o755, 0, 0, 0, "");
    root.entries = new Directory();
    root.linkCount = 2;
  }

  root(): number {
    return 0;
  }

  lookup(directory: number, name: string): number {
    const inode = this.#inodes.get(directory);
    if (inode === undefined) return -ESTALE;
    const { entries } = inode;
    if (entries === undefined) return -ENOTDIR;
    if (name === "..") return inode.parent;
    const slot = entries.get(name);
    return slot < 0 ? -ENOENT : slot;
  }

  type(node: number): number {
    const inode = this.#inodes.get(node);
    return inode === undefined ? -ESTALE : inode.mode & S_IFMT;
  }

  retain(node: number): void {
    const inode = this.#inodes.get(node);
    if (inode !== undefined) inode.references++;
  }

  release(node: number): void {
    const inode = this.#inodes.get(node);
    if (inode === undefined) return;
    inode.references--;
    this.#inodes.reclaim(inode);
  }

  stat(node: number, into: FileStat): number {
    const inode = this.#inodes.get(node);
    if (inode === undefined) return -ESTALE;
    into.inode = inode.number;
    into.mode = inode.mode;
    into.linkCount = inode.linkCount;
    into.uid = inode.uid;
    into.gid = inode.gid;
    into.sizeBytes = inode.sizeBytes;
    into.allocatedBytes = inode.allocatedBytes;
    into.blockBytes = BLOCK_BYTES;
    into.accessedUs = inode.accessedUs;
    into.modifiedUs = inode.modifiedUs;
    into.changedUs = inode.changedUs;
    into.createdUs = inode.createdUs;
    return 0;
  }

  statHandle(handle: number, into: FileStat): number {
    return this.stat(handle, into);
  }

  readdir(directory: number, accept: AcceptEntry): number {
    const inode = this.#inodes.get(directory);
    if (inode?.entries === undefined) return -ENOTDIR;
    inode.entries.forEach((name, slot) => {
      const child = this.#inodes.at(slot);
      accept(name, child.mode & S_IFMT, child.number);
    });
    this.#touchAccess(inode);
    return inode.entries.size;
  }

  readlink(node: number): string | number {
    return this.#inodes.get(node)?.target ?? -EINVAL;
  }

  create(directory: number, name: string, mode: number, uid: number, gid: number): number {
    return this.#make(directory, name, S_IFREG | mode, uid, gid);
  }

  mkdir(directory: number, name: string, mode: number, uid: number, gid: number): number {
    const node = this.#make(directory, name, S_IFDIR | mode, uid, gid);
    if (node < 0) return node;
    const inode = this.#inodes.at(node);
    inode.entries = new Directory();
    inode.linkCount = 2;
    this.#inodes.at(directory).linkCount++;
    return node;
  }

  symlink(directory: number, name: string, target: string, uid: number, gid: number): number {
    const node = this.#make(directory, name, S_IFLNK | 0o777, uid, gid);
    if (node < 0) return node;
    const inode = this.#inodes.at(node);
    inode.target = target;
    inode.sizeBytes = utf8Length(target);
    return node;
  }

  link(node: number, directory: number, name: string): number {
    const inode = this.#inodes.get(node);
    const parent = this.#inodes.get(directory);
    if (inode === undefined) return -ESTALE;
    if (inode.entries !== undefined) return -EPERM;
    if (parent?.entries === undefined) return -ENOTDIR;
    if (parent.entries.get(name) >= 0) return -EEXIST;
    if (inode.linkCount === 0) return -ENOENT;
    if (inode.linkCount >= this.#limits.links) return -EMLINK;
    if (this.#inodes.used >= this.#limits.inodes) return -ENOSPC;
    this.#inodes.used++;
    inode.linkCount++;
    inode.parent = directory;
    inode.name = name;
    parent.entries.set(name, node);
    inode.changedUs = this.#touchNames(parent);
    this.#notify("rename", parent, name, node);
    return 0;
  }

  unlink(directory: number, name: string): number {
    const parent = this.#inodes.get(directory);
    if (parent?.entries === undefined) return -ENOTDIR;
    const node = parent.entries.get(name);
    if (node < 0) return -ENOENT;
    const inode = this.#inodes.at(node);
    if (inode.entries !== undefined) return -EISDIR;
    this.namesVersion++;
    parent.entries.delete(name);
    this.#notify("rename", parent, name, node);
    this.#inodes.dropName(inode, this.#touchNames(parent));
    return 0;
  }

  rmdir(directory: number, name: string): number {
    const parent = this.#inodes.get(directory);
    if (parent?.entries === undefined) return -ENOTDIR;
    const node = parent.entries.get(name);
    if (node < 0) return -ENOENT;
    const inode = this.#inodes.at(node);
    if (inode.entries === undefined) return -ENOTDIR;
    if (inode.entries.size > 0) return -ENOTEMPTY;
    this.namesVersion++;
    parent.entries.delete(name);
    this.#notify("rename", parent, name, node);
    parent.linkCount--;
    this.#inodes.dropName(inode, this.#touchNames(parent));
    return 0;
  }

  rename(fromDirectory: number, fromName: string, directory: number, name: string): number {
    const from = this.#inodes.get(fromDirectory);
    const to = this.#inodes.get(directory);
    if (from?.entries === undefined || to?.entries === undefined) return -ENOTDIR;
    const node = from.entries.get(fromName);
    if (node < 0) return -ENOENT;
    const inode = this.#inodes.at(node);
    const isDirectory = inode.entries !== undefined;
    if (isDirectory && this.#inodes.liesIn(to, inode)) return -EINVAL;
    const replacedNode = to.entries.get(name);
    if (replacedNode === node) return 0;
    const replaced = replacedNode < 0 ? undefined : this.#inodes.at(replacedNode);
    if (replaced !== undefined) {
      const refusal = refuseReplacement(isDirectory, replaced);
      if (refusal < 0) return this.#inodes.liesIn(from, replaced) ? -ENOTEMPTY : refusal;
    }
    this.namesVersion++;
    from.entries.delete(fromName);
    to.entries.set(name, node);
    inode.parent = directory;
    inode.name = name;
    if (isDirectory) {
      from.linkCount--;
      to.linkCount++;
    }
    const nowUs = this.#touchNames(from);
    to.modifiedUs = to.changedUs = inode.changedUs = nowUs;
    if (replaced !== undefined) {
      if (isDirectory) to.linkCount--;
      this.#inodes.dropName(replaced, nowUs);
    }
    this.#notify("rename", from, fromName, node);
    this.#notify("rename", to, name, node);
    return 0;
  }

  setMode(node: number, mode: number): number {
    const inode = this.#inodes.get(node);
    if (inode === undefined) return -ESTALE;
    if (inode.entries !== undefined) this.namesVersion++;
    inode.mode = (inode.mode & S_IFMT) | mode;
    return this.#attributesChanged(inode);
  }

  setOwner(node: number, uid: number, gid: number): number {
    const inode = this.#inodes.get(node);
    if (inode === undefined) return -ESTALE;
    if (inode.entries !== undefined) this.namesVersion++;
    inode.uid = uid;
    inode.gid = gid;
    return this.#attributesChanged(inode);
  }

  setTimes(node: number, accessedUs: number, modifiedUs: number): number {
    const inode = this.#inodes.get(node);
    if (inode === undefined) return -ESTALE;
    inode.accessedUs = accessedUs;
    inode.modifiedUs = modifiedUs;
    return this.#attributesChanged(inode);
  }

  open(node: number, _flags: number): number {
    const inode = this.#inodes.get(node);
    if (inode === undefined) return -ESTALE;
    inode.references++;
    return node;
  }

  close(handle: number): number {
    this.release(handle);
    return 0;
  }

  read(
    handle: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number {
    const inode = this.#inodes.at(handle);
    if (inode.entries !== undefined) return -EISDIR;
    const count = readContent(inode, target, targetOffset, length, position);
    this.#touchAccess(inode);
    return count;
  }

  write(
    handle: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number {
    const inode = this.#inodes.at(handle);
    if (inode.entries !== undefined) return -EISDIR;
    const at = position < 0 ? inode.sizeBytes : position;
    const count = writeContent(
      this.#store,
      inode,
      source,
      sourceOffset,
      length,
      at,
      this.#limits.fileBytes,
    );
    if (count > 0) this.#contentChanged(inode);
    return count;
  }

  truncate(handle: number, sizeBytes: number): number {
    const inode = this.#inodes.at(handle);
    if (inode.entries !== undefined) return -EINVAL;
    if (sizeBytes > this.#limits.fileBytes) return -EFBIG;
    truncateContent(this.#store, inode, sizeBytes);
    this.#contentChanged(inode);
    return 0;
  }

  sync(_handle: number): number {
    return 0;
  }

  statfs(into: FileSystemStat): number {
    into.type = STATFS_TYPE;
    into.blockBytes = BLOCK_BYTES;
    into.blocks = Math.floor(this.#limits.bytes / BLOCK_BYTES);
    into.freeBlocks = Math.floor((this.#limits.bytes - this.#store.usedBytes) / BLOCK_BYTES);
    into.files = this.#limits.inodes;
    into.freeFiles = this.#limits.inodes - this.#inodes.used;
    return 0;
  }

  watch(node: number, recursive: boolean, listener: ChangeListener): number {
    if (this.#inodes.get(node) === undefined) return -ESTALE;
    if (this.#watches.count >= this.#limits.watches) return -ENOSPC;
    this.retain(node);
    return this.#watches.add(node, recursive, listener);
  }

  unwatch(watch: number): void {
    const slot = this.#watches.remove(watch);
    if (slot !== undefined) this.release(slot);
  }

  /** Makes an inode under a new name. @returns Its slot, or an error. */
  #make(directory: number, name: string, mode: number, uid: number, gid: number): number {
    const parent = this.#inodes.get(directory);
    if (parent?.entries === undefined) return -ENOTDIR;
    // A directory that was removed while it was the working directory takes no new names.
    if (parent.linkCount === 0) return -ENOENT;
    if (parent.entries.get(name) >= 0) return -EEXIST;
    if (this.#inodes.used >= this.#limits.inodes) return -ENOSPC;
    const inode = this.#inodes.add(mode, uid, gid, directory, name);
    inode.linkCount = 1;
    parent.entries.set(name, inode.slot);
    parent.modifiedUs = parent.changedUs = inode.createdUs;
    this.#notify("rename", parent, name, inode.slot);
    return inode.slot;
  }

  #touchNames(directory: Inode): number {
    const nowUs = this.#wallUs();
    directory.modifiedUs = directory.changedUs = nowUs;
    return nowUs;
  }

  /** A read sets the access time only if the last write is as late (Linux `relatime`). */
  #touchAccess(inode: Inode): void {
    if (inode.accessedUs <= inode.modifiedUs) inode.accessedUs = this.#wallUs();
  }

  #contentChanged(inode: Inode): void {
    inode.modifiedUs = inode.changedUs = this.#wallUs();
    this.#notifyOwn(inode);
  }

  #attributesChanged(inode: Inode): number {
    inode.changedUs = this.#wallUs();
    this.#notifyOwn(inode);
    return 0;
  }

  #notifyOwn(inode: Inode): void {
    if (this.#watches.count === 0) return;
    const parent = this.#inodes.get(inode.parent);
    if (parent !== undefined) this.#notify("change", parent, inode.name, inode.slot);
  }

  #notify(kind: ChangeKind, directory: Inode, name: string, slot: number): void {
    if (this.#watches.count === 0) return;
    this.#watches.notify(kind, directory, name, slot, this.#inodes);
  }
}

/** What forbids that a directory, or what is none, takes the place of `replaced`. */
function refuseReplacement(isDirectory: boolean, replaced: Inode): number {
  if (replaced.entries === undefined) return isDirectory ? -ENOTDIR : 0;
  if (!isDirectory) return -EISDIR;
  return replaced.entries.size > 0 ? -ENOTEMPTY : 0;
}
