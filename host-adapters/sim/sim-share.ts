/** A folder of a simulated host, and the shares that lend it to systems. */
import type { ShareDevice, ShareEntry, ShareOpenFlags, ShareStat } from "../../libos/hal/mod.ts";
import { S_IF } from "../shared/host-stat.ts";
import { ERRNO } from "../shared/linux-errno.ts";
import type { Random } from "../shared/random.ts";
import { FolderTree, type Place, type TreeNode } from "./folder-tree.ts";
import { ShareWatches } from "./sim-share-watches.ts";
import type { World } from "./world.ts";

/** How a folder is made. */
export interface SimFolderOptions {
  /** Unique in its world: it names the folder in random streams. */
  readonly name: string;
  /** Bytes of files; beyond it writes answer ENOSPC. Default 16 MiB. */
  readonly capacityBytes?: number;
  /** The probability that reading, writing or syncing a file answers EIO. Default 0. */
  readonly errorRate?: number;
}

/** A share of a simulated folder. */
export interface SimShare extends ShareDevice {
  /** Closes all handles and watches; no handler is called any more. Idempotent. */
  dispose(): void;
}

/** A folder of the simulated host. Its own methods are what other programs of that host do. */
export interface SimFolder {
  /** Lends the folder; any number of systems may have it. */
  share(name: string, readOnly?: boolean): SimShare;
  /** Makes or replaces a file. @throws Error for a path that cannot be. */
  write(path: string, content: Uint8Array): void;
  /** @throws Error where there is no file. */
  read(path: string): Uint8Array;
  mkdir(path: string): void;
  symlink(target: string, path: string): void;
  mkfifo(path: string): void;
  remove(path: string): void;
}

const MAX_HANDLES = 1024;

interface Handle {
  readonly node: TreeNode;
  readonly place: Place;
  readonly flags: ShareOpenFlags;
}

class Folder implements SimFolder {
  readonly world: World;
  readonly tree: FolderTree;
  readonly random: Random;
  readonly errorRate: number;
  readonly watches = new Set<ShareWatches>();

  constructor(world: World, options: SimFolderOptions) {
    this.world = world;
    this.random = world.random(`${options.name}.folder`);
    this.errorRate = options.errorRate ?? 0;
    this.tree = new FolderTree(
      options.capacityBytes ?? 16 * 2 ** 20,
      () => world.wallStartUs + world.nowUs,
      (kind, node, name) => {
        for (const each of this.watches) each.report(kind, node, name);
      },
    );
  }

  share(name: string, readOnly = false): SimShare {
    return new FolderShare(this, name, readOnly);
  }

  write(path: string, content: Uint8Array): void {
    const found = this.tree.find(path);
    const node = typeof found === "number" ? this.#make(path, S_IF.REG) : found;
    must(this.tree.resize(node, content.length), path);
    node.data.set(content);
    this.tree.noteChange(this.tree.place(path) as Place);
  }

  read(path: string): Uint8Array {
    const node = must(this.tree.find(path), path);
    return node.data.slice(0, node.sizeBytes);
  }

  mkdir(path: string): void {
    this.#make(path, S_IF.DIR);
  }

  symlink(target: string, path: string): void {
    this.#make(path, S_IF.LNK, target);
  }

  mkfifo(path: string): void {
    this.#make(path, S_IF.FIFO);
  }

  remove(path: string): void {
    const result = this.tree.unlink(path);
    must(result === -ERRNO.EISDIR ? this.tree.rmdir(path) : result, path);
  }

  #make(path: string, type: number, target = ""): TreeNode {
    return must(this.tree.make(path, type, type === S_IF.DIR ? 0o755 : 0o644, target), path);
  }
}

function must<Result>(result: Result | number, path: string): Result {
  if (typeof result === "number" && result < 0) throw new Error(`${path}: errno ${-result}`);
  return result as Result;
}

class FolderShare implements SimShare {
  readonly name: string;
  readonly readOnly: boolean;
  readonly #folder: Folder;
  readonly #tree: FolderTree;
  readonly #watches: ShareWatches;
  readonly #handles: (Handle | undefined)[] = [];

  constructor(folder: Folder, name: string, readOnly: boolean) {
    this.#folder = folder;
    this.#tree = folder.tree;
    this.#watches = new ShareWatches(folder.world);
    this.name = name;
    this.readOnly = readOnly;
    folder.watches.add(this.#watches);
  }

  stat(path: string, into: ShareStat): number {
    return this.#on(path, (node) => this.#tree.stat(node, into));
  }

  readdir(path: string): readonly ShareEntry[] | number {
    return this.#onFile(path, (node) => {
      if (node.type !== S_IF.DIR) return -ERRNO.ENOTDIR;
      return [...node.children].map(([name, { type }]): ShareEntry => ({ name, type }));
    });
  }

  readlink(path: string): string | number {
    return this.#on(path, (node) => (node.type === S_IF.LNK ? node.target : -ERRNO.EINVAL));
  }

  open(path: string, flags: ShareOpenFlags, mode: number): number {
    const writes = flags.write || flags.append;
    if (this.readOnly && (writes || flags.truncate)) return -ERRNO.EROFS;
    const place = this.#tree.place(path);
    if (typeof place === "number") return place;
    const found = place.node;
    if (found !== undefined && flags.create && flags.exclusive) return -ERRNO.EEXIST;
    if (found === undefined && !flags.create) return -ERRNO.ENOENT;
    if (found === undefined && this.readOnly) return -ERRNO.EROFS;
    if (found?.type === S_IF.LNK) return -ERRNO.ELOOP;
    if (found?.type === S_IF.DIR && (writes || flags.create)) return -ERRNO.EISDIR;
    if (found?.type === S_IF.FIFO) return -ERRNO.ENXIO;
    const free = this.#freeHandle();
    if (free < 0) return free;
    const node = found ?? this.#tree.make(path, S_IF.REG, mode);
    if (typeof node === "number") return node;
    if (flags.truncate) this.#tree.resize(node, 0);
    this.#handles[free] = { node, place, flags };
    return free;
  }

  statHandle(handle: number, into: ShareStat): number {
    const opened = this.#handles[handle];
    return opened === undefined ? -ERRNO.EBADF : this.#tree.stat(opened.node, into);
  }

  read(
    handle: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number {
    const opened = this.#handles[handle];
    if (opened === undefined || !opened.flags.read) return -ERRNO.EBADF;
    const { node } = opened;
    if (node.type === S_IF.DIR) return -ERRNO.EISDIR;
    if (this.#fails()) return -ERRNO.EIO;
    const count = Math.max(0, Math.min(length, node.sizeBytes - position));
    target.set(node.data.subarray(position, position + count), targetOffset);
    return count;
  }

  write(
    handle: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number {
    const opened = this.#writable(handle);
    if (typeof opened === "number") return opened;
    if (this.#fails()) return -ERRNO.EIO;
    const { node, place, flags } = opened;
    const from = flags.append ? node.sizeBytes : position;
    const room = this.#tree.capacityBytes - this.#tree.usedBytes;
    const count = Math.min(length, Math.max(0, node.sizeBytes + room - from));
    if (count === 0 && length > 0) return -ERRNO.ENOSPC;
    if (from + count > node.sizeBytes) this.#tree.resize(node, from + count);
    node.data.set(source.subarray(sourceOffset, sourceOffset + count), from);
    this.#tree.touch(node);
    this.#tree.noteChange(place);
    return count;
  }

  truncate(handle: number, sizeBytes: number): number {
    const opened = this.#writable(handle);
    if (typeof opened === "number") return opened;
    const result = this.#tree.resize(opened.node, sizeBytes);
    this.#tree.noteChange(opened.place);
    return result;
  }

  sync(handle: number): number {
    if (this.#handles[handle] === undefined) return -ERRNO.EBADF;
    return this.#fails() ? -ERRNO.EIO : 0;
  }

  close(handle: number): number {
    if (this.#handles[handle] === undefined) return -ERRNO.EBADF;
    this.#handles[handle] = undefined;
    return 0;
  }

  mkdir(path: string, mode: number): number {
    return this.#change(() => numbered(this.#tree.make(path, S_IF.DIR, mode)));
  }

  unlink(path: string): number {
    return this.#change(() => this.#tree.unlink(path));
  }

  rmdir(path: string): number {
    return this.#change(() => this.#tree.rmdir(path));
  }

  rename(from: string, to: string): number {
    return this.#change(() => this.#tree.rename(from, to));
  }

  link(existing: string, path: string): number {
    return this.#change(() => this.#tree.link(existing, path));
  }

  symlink(target: string, path: string): number {
    if (target === "") return -ERRNO.ENOENT;
    return this.#change(() => numbered(this.#tree.make(path, S_IF.LNK, 0o777, target)));
  }

  chmod(path: string, mode: number): number {
    return this.#change(() =>
      this.#onFile(path, (node) => {
        node.mode = mode & 0o7777;
        return 0;
      }),
    );
  }

  utimes(path: string, accessedUs: number, modifiedUs: number): number {
    return this.#change(() =>
      this.#on(path, (node) => {
        node.accessedUs = accessedUs;
        node.modifiedUs = modifiedUs;
        return 0;
      }),
    );
  }

  statfs(into: Float64Array): number {
    const { capacityBytes, usedBytes } = this.#tree;
    into.set([capacityBytes, capacityBytes - usedBytes, 2 ** 20, 2 ** 19]);
    return 0;
  }

  watch(path: string): number {
    return this.#onFile(path, (node) => this.#watches.add(node));
  }

  unwatch(watch: number): number {
    return this.#watches.remove(watch);
  }

  changes(accept: (watch: number, kind: "change" | "rename", name: string) => void): number {
    return this.#watches.take(accept);
  }

  onReady(handler: () => void): void {
    this.#watches.onReady(handler);
  }

  dispose(): void {
    this.#handles.length = 0;
    this.#folder.watches.delete(this.#watches);
    this.#watches.close();
  }

  #on<Result>(path: string, use: (node: TreeNode) => Result): Result | number {
    const node = this.#tree.find(path);
    return typeof node === "number" ? node : use(node);
  }

  /** As `#on`, but not a symbolic link. */
  #onFile<Result>(path: string, use: (node: TreeNode) => Result): Result | number {
    return this.#on(path, (node) => (node.type === S_IF.LNK ? -ERRNO.ELOOP : use(node)));
  }

  #change(use: () => number): number {
    return this.readOnly ? -ERRNO.EROFS : use();
  }

  #writable(handle: number): Handle | number {
    const opened = this.#handles[handle];
    const isWritable = opened !== undefined && (opened.flags.write || opened.flags.append);
    return isWritable ? opened : -ERRNO.EBADF;
  }

  #freeHandle(): number {
    for (let handle = 0; handle < MAX_HANDLES; handle++) {
      if (this.#handles[handle] === undefined) return handle;
    }
    return -ERRNO.EMFILE;
  }

  #fails(): boolean {
    return this.#folder.random.chance(this.#folder.errorRate);
  }
}

function numbered(result: TreeNode | number): number {
  return typeof result === "number" ? result : 0;
}

/** Makes an empty folder. */
export function createSimFolder(world: World, options: SimFolderOptions): SimFolder {
  return new Folder(world, options);
}
