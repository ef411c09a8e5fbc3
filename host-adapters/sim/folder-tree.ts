/**
 * A folder tree in memory with the rules of POSIX, as a simulated host has it behind a share.
 *
 * Results are numbers >= 0, or `-errno`. Paths are those of `ShareDevice`.
 */
import type { ShareStat } from "../../libos/hal/mod.ts";
import { S_IF } from "../shared/host-stat.ts";
import { ERRNO } from "../shared/linux-errno.ts";
import { isProperPath } from "../shared/folder-walk.ts";

/** A file, a folder, a symbolic link, or something that cannot be opened. */
export interface TreeNode {
  readonly inode: number;
  readonly type: number;
  mode: number;
  linkCount: number;
  /** Of a file: its bytes; `data` is longer where the file has grown. */
  data: Uint8Array;
  sizeBytes: number;
  readonly children: Map<string, TreeNode>;
  readonly target: string;
  accessedUs: number;
  modifiedUs: number;
  changedUs: number;
  readonly createdUs: number;
}

/** Where a path leads: its folder, its last name, and what is there. */
export interface Place {
  readonly folder: TreeNode;
  readonly name: string;
  readonly node: TreeNode | undefined;
}

export class FolderTree {
  readonly root: TreeNode;
  readonly capacityBytes: number;
  usedBytes = 0;
  readonly #wallUs: () => number;
  /** Told of each change of a name or of content: the node or its folder, and the name in it. */
  readonly #changed: (kind: "change" | "rename", folder: TreeNode, name: string) => void;
  #nextInode = 2;

  constructor(
    capacityBytes: number,
    wallUs: () => number,
    changed: (kind: "change" | "rename", folder: TreeNode, name: string) => void,
  ) {
    this.capacityBytes = capacityBytes;
    this.#wallUs = wallUs;
    this.#changed = changed;
    this.root = this.#node(S_IF.DIR, 0o755, "");
  }

  /** Finds what a path names, without following a link. */
  place(path: string): Place | number {
    if (!isProperPath(path)) return -ERRNO.EINVAL;
    const parts = path.split("/");
    const name = parts.pop()!;
    let folder = this.root;
    for (const part of parts) {
      const next = folder.children.get(part);
      if (next === undefined) return -ERRNO.ENOENT;
      if (next.type === S_IF.LNK) return -ERRNO.ELOOP;
      if (next.type !== S_IF.DIR) return -ERRNO.ENOTDIR;
      folder = next;
    }
    return { folder, name, node: path === "" ? this.root : folder.children.get(name) };
  }

  find(path: string): TreeNode | number {
    const place = this.place(path);
    return typeof place === "number" ? place : (place.node ?? -ERRNO.ENOENT);
  }

  /** Makes a node under a name that is free. @returns The node, or `-errno`. */
  make(path: string, type: number, mode: number, target = ""): TreeNode | number {
    const place = this.place(path);
    if (typeof place === "number") return place;
    if (place.node !== undefined) return -ERRNO.EEXIST;
    const node = this.#node(type, mode, target);
    this.#attach(place, node);
    return node;
  }

  unlink(path: string): number {
    const place = this.#existing(path, ERRNO.EISDIR);
    if (typeof place === "number") return place;
    if (place.node.type === S_IF.DIR) return -ERRNO.EISDIR;
    this.#detach(place);
    return 0;
  }

  rmdir(path: string): number {
    const place = this.#existing(path, ERRNO.EBUSY);
    if (typeof place === "number") return place;
    if (place.node.type !== S_IF.DIR) return -ERRNO.ENOTDIR;
    if (place.node.children.size > 0) return -ERRNO.ENOTEMPTY;
    this.#detach(place);
    return 0;
  }

  link(existing: string, path: string): number {
    const from = this.#existing(existing, ERRNO.EPERM);
    if (typeof from === "number") return from;
    if (from.node.type === S_IF.DIR) return -ERRNO.EPERM;
    const to = this.place(path);
    if (typeof to === "number") return to;
    if (to.node !== undefined) return -ERRNO.EEXIST;
    this.#attach(to, from.node);
    return 0;
  }

  rename(fromPath: string, toPath: string): number {
    const from = this.#existing(fromPath, ERRNO.EBUSY);
    if (typeof from === "number") return from;
    const to = this.place(toPath);
    if (typeof to === "number") return to;
    if (toPath === "") return -ERRNO.EBUSY;
    if (to.node === from.node) return 0;
    const isFolder = from.node.type === S_IF.DIR;
    if (isFolder && `${toPath}/`.startsWith(`${fromPath}/`)) return -ERRNO.EINVAL;
    const refusal = to.node === undefined ? 0 : replaceRefusal(isFolder, to.node);
    if (refusal < 0) return refusal;
    if (to.node !== undefined) this.#detach({ ...to, node: to.node });
    this.#detach(from);
    this.#attach(to, from.node);
    return 0;
  }

  /** Changes a file's length. @returns 0 or `-ENOSPC`. */
  resize(node: TreeNode, sizeBytes: number): number {
    if (this.usedBytes + sizeBytes - node.sizeBytes > this.capacityBytes) return -ERRNO.ENOSPC;
    this.usedBytes += sizeBytes - node.sizeBytes;
    if (sizeBytes > node.data.length) {
      const data = new Uint8Array(Math.max(sizeBytes, 2 * node.data.length));
      data.set(node.data.subarray(0, node.sizeBytes));
      node.data = data;
    } else if (sizeBytes < node.sizeBytes) {
      node.data.fill(0, sizeBytes, node.sizeBytes);
    }
    node.sizeBytes = sizeBytes;
    this.touch(node);
    return 0;
  }

  /** Notes that a node's content changed. */
  touch(node: TreeNode): void {
    const nowUs = this.#wallUs();
    node.modifiedUs = nowUs;
    node.changedUs = nowUs;
    this.#changed("change", node, "");
  }

  noteChange(place: Place): void {
    this.#changed("change", place.folder, place.name);
  }

  stat(node: TreeNode, into: ShareStat): number {
    into.mode = node.type | node.mode;
    into.sizeBytes = node.type === S_IF.LNK ? node.target.length : node.sizeBytes;
    into.inode = node.inode;
    into.linkCount = node.linkCount;
    into.accessedUs = node.accessedUs;
    into.modifiedUs = node.modifiedUs;
    into.changedUs = node.changedUs;
    into.createdUs = node.createdUs;
    return 0;
  }

  #node(type: number, mode: number, target: string): TreeNode {
    const nowUs = this.#wallUs();
    return {
      inode: this.#nextInode++,
      type,
      mode: mode & 0o7777,
      linkCount: 0,
      data: new Uint8Array(0),
      sizeBytes: 0,
      children: new Map(),
      target,
      accessedUs: nowUs,
      modifiedUs: nowUs,
      changedUs: nowUs,
      createdUs: nowUs,
    };
  }

  #existing(path: string, rootErrno: number): (Place & { readonly node: TreeNode }) | number {
    const place = this.place(path);
    if (typeof place === "number") return place;
    if (path === "") return -rootErrno;
    return place.node === undefined ? -ERRNO.ENOENT : { ...place, node: place.node };
  }

  #attach({ folder, name }: Place, node: TreeNode): void {
    folder.children.set(name, node);
    node.linkCount++;
    this.#renamed(folder, name, node);
  }

  #detach({ folder, name, node }: Place & { readonly node: TreeNode }): void {
    folder.children.delete(name);
    node.linkCount--;
    if (node.linkCount === 0) this.usedBytes -= node.sizeBytes;
    this.#renamed(folder, name, node);
  }

  #renamed(folder: TreeNode, name: string, node: TreeNode): void {
    const nowUs = this.#wallUs();
    folder.modifiedUs = nowUs;
    folder.changedUs = nowUs;
    node.changedUs = nowUs;
    this.#changed("rename", folder, name);
  }
}

/** Why `rename` may not replace `target`, or 0 (POSIX, rename). */
function replaceRefusal(isFolder: boolean, target: TreeNode): number {
  if (target.type === S_IF.DIR) {
    if (!isFolder) return -ERRNO.EISDIR;
    return target.children.size > 0 ? -ERRNO.ENOTEMPTY : 0;
  }
  return isFolder ? -ERRNO.ENOTDIR : 0;
}
