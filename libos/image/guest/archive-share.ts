/** A volume of the image: part of its archive as a read-only share of the HAL. */
import type { ShareDevice, ShareEntry, ShareStat } from "../../hal/mod.ts";
import type { Archive, ArchiveEntry } from "../archive.ts";

const [ENOENT, EBADF, ENOTDIR, EINVAL, EMFILE, EROFS, ELOOP] = [2, 9, 20, 22, 24, 30, 40];
const [TYPE_MASK, FOLDER, LINK] = [0o170000, 0o040000, 0o120000];
/** Files open at one time. */
const MAX_HANDLES = 1024;

interface Node {
  readonly entry: ArchiveEntry;
  readonly inode: number;
  readonly children: ShareEntry[];
}

class ArchiveShare implements ShareDevice {
  readonly name: string;
  readonly readOnly = true;
  readonly #data: Uint8Array;
  readonly #nodes = new Map<string, Node>();
  readonly #handles: (Node | undefined)[] = [];
  #openCount = 0;
  #bytes = 0;
  #watchCount = 0;

  constructor(name: string, mount: string, { manifest, data }: Archive) {
    this.name = name;
    this.#data = data;
    const prefix = mount === "/" ? "/" : `${mount}/`;
    for (const entry of manifest.entries) {
      if (entry.path !== mount && !entry.path.startsWith(prefix)) continue;
      this.#add(entry, entry.path === mount ? "" : entry.path.slice(prefix.length));
    }
  }

  #add(entry: ArchiveEntry, path: string): void {
    this.#nodes.set(path, { entry, inode: this.#nodes.size + 1, children: [] });
    this.#bytes += entry.size ?? 0;
    if (path === "") return;
    const slash = path.lastIndexOf("/");
    const parent = this.#nodes.get(slash < 0 ? "" : path.slice(0, slash));
    parent?.children.push({ name: path.slice(slash + 1), type: entry.mode & TYPE_MASK });
  }

  /** Why a path leads nowhere: a link or a file on the way, or a name that is not there. */
  #refusal(path: string): number {
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      const node = this.#nodes.get(path.slice(0, at));
      if (node === undefined) break;
      const type = node.entry.mode & TYPE_MASK;
      if (type !== FOLDER) return type === LINK ? -ELOOP : -ENOTDIR;
    }
    const isProper = path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
    return isProper ? -ENOENT : -EINVAL;
  }

  #fill(node: Node, into: ShareStat): number {
    const { mode, modified, size, target } = node.entry;
    into.mode = mode;
    into.sizeBytes = size ?? target?.length ?? 0;
    into.inode = node.inode;
    into.linkCount = 1;
    into.accessedUs = into.modifiedUs = into.changedUs = into.createdUs = modified * 1e6;
    return 0;
  }

  stat(path: string, into: ShareStat): number {
    const node = this.#nodes.get(path);
    return node === undefined ? this.#refusal(path) : this.#fill(node, into);
  }

  readdir(path: string): readonly ShareEntry[] | number {
    const node = this.#nodes.get(path);
    if (node === undefined) return this.#refusal(path);
    return (node.entry.mode & TYPE_MASK) === FOLDER ? node.children : -ENOTDIR;
  }

  readlink(path: string): string | number {
    const node = this.#nodes.get(path);
    return node === undefined ? this.#refusal(path) : (node.entry.target ?? -EINVAL);
  }

  open(path: string, flags: { readonly write: boolean; readonly truncate: boolean }): number {
    if (flags.write || flags.truncate) return -EROFS;
    const node = this.#nodes.get(path);
    if (node === undefined) return this.#refusal(path);
    if ((node.entry.mode & TYPE_MASK) === LINK) return -ELOOP;
    if (this.#openCount >= MAX_HANDLES) return -EMFILE;
    const free = this.#handles.indexOf(undefined);
    const handle = free < 0 ? this.#handles.length : free;
    this.#handles[handle] = node;
    this.#openCount++;
    return handle;
  }

  statHandle(handle: number, into: ShareStat): number {
    const node = this.#handles[handle];
    return node === undefined ? -EBADF : this.#fill(node, into);
  }

  read(
    handle: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number {
    const node = this.#handles[handle];
    if (node === undefined) return -EBADF;
    const { at = 0, size = 0 } = node.entry;
    const count = Math.max(0, Math.min(length, size - position));
    if (count === 0) return 0;
    target.set(this.#data.subarray(at + position, at + position + count), targetOffset);
    return count;
  }

  close(handle: number): number {
    if (this.#handles[handle] === undefined) return -EBADF;
    this.#handles[handle] = undefined;
    this.#openCount--;
    return 0;
  }

  statfs(into: Float64Array): number {
    into.set([this.#bytes, 0, this.#nodes.size, 0]);
    return 0;
  }

  write = (): number => -EROFS;
  truncate = (): number => -EROFS;
  sync = (): number => 0;
  mkdir = (): number => -EROFS;
  unlink = (): number => -EROFS;
  rmdir = (): number => -EROFS;
  rename = (): number => -EROFS;
  link = (): number => -EROFS;
  symlink = (): number => -EROFS;
  chmod = (): number => -EROFS;
  utimes = (): number => -EROFS;
  // Nothing ever changes, so every watch is quiet.
  watch = (): number => this.#watchCount++;
  unwatch = (): number => 0;
  changes = (): number => 0;
  onReady = (): void => {};
}

/**
 * Makes the share of one mount point.
 *
 * @param name The name under which the composition mounts it.
 * @param mount The path in the archive that is the share's root.
 */
export function createArchiveShare(name: string, mount: string, archive: Archive): ShareDevice {
  return new ArchiveShare(name, mount, archive);
}
