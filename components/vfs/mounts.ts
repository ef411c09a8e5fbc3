import { EBUSY, EINVAL, ENOTSUP } from "./errno.ts";
import type { FileSystem, FileSystemSync } from "./file-system.ts";

/** One file system at one place of the namespace. */
export interface Mount {
  /** Where it is mounted, as it was when it was mounted. */
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly operations: FileSystemSync;
  /** The mount's own switch, or the file system's. */
  readonly readOnly: boolean;
  /** `st_dev`: one number for each file system, however often it is mounted. */
  readonly device: number;
  readonly root: number;
  readonly cacheable: boolean;
  readonly nameBytesMax: number;
  /** Where it hangs: undefined for the root of the namespace. */
  readonly parent: Mount | undefined;
  readonly coveredNode: number;
  /** Mounts on directories of this one, by their covered node; undefined while there are none. */
  children: Map<number, Mount> | undefined;
  /** The `namesVersion` up to which this VFS knows of all changes. */
  namesVersion: number;
}

/** The mounts of one namespace: a tree whose root is mounted at "/". */
export class MountTable {
  readonly #mounts: Mount[] = [];
  readonly #limit: number;
  #nextDevice = 1;

  /** @param limit The most mounts at one time. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The first mount, at "/": it stays, but another may cover it. */
  get root(): Mount {
    return this.#mounts[0]!;
  }

  list(): readonly Mount[] {
    return [...this.#mounts];
  }

  /** @returns True when the file system is mounted more than once, so that a file has several paths. */
  isShared(mount: Mount): boolean {
    let count = 0;
    for (const other of this.#mounts) if (other.fileSystem === mount.fileSystem) count++;
    return count > 1;
  }

  /**
   * Hangs `fileSystem` on a directory, or makes it the root when there is none yet.
   *
   * @returns 0, or EBUSY when the table is full, or ENOTSUP for a
   *   file system without `sync`.
   */
  add(
    path: string,
    fileSystem: FileSystem,
    readOnly: boolean,
    parent: Mount | undefined,
    coveredNode: number,
  ): number {
    const operations = fileSystem.sync;
    if (operations === undefined) return -ENOTSUP;
    if (this.#mounts.length >= this.#limit) return -EBUSY;
    const known = this.#mounts.find((mount) => mount.fileSystem === fileSystem);
    const mount: Mount = {
      path,
      fileSystem,
      operations,
      readOnly: readOnly || fileSystem.info.readOnly,
      device: known?.device ?? this.#nextDevice++,
      root: operations.root(),
      cacheable: fileSystem.info.cacheable,
      nameBytesMax: fileSystem.info.nameBytesMax,
      parent,
      coveredNode,
      children: undefined,
      namesVersion: operations.namesVersion,
    };
    if (parent !== undefined) {
      parent.operations.retain(coveredNode);
      parent.children ??= new Map();
      parent.children.set(coveredNode, mount);
    }
    this.#mounts.push(mount);
    return 0;
  }

  /** Removes all mounts but the first, the inner ones before those that hold them. */
  clear(): void {
    for (const mount of this.#mounts.toReversed()) this.remove(mount);
  }

  /** @returns 0; EINVAL for the root; EBUSY while something is mounted below. */
  remove(mount: Mount): number {
    const parent = mount.parent;
    if (parent === undefined) return -EINVAL;
    if (mount.children !== undefined) return -EBUSY;
    parent.children!.delete(mount.coveredNode);
    if (parent.children!.size === 0) parent.children = undefined;
    parent.operations.release(mount.coveredNode);
    this.#mounts.splice(this.#mounts.indexOf(mount), 1);
    return 0;
  }
}
