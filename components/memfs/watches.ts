import type { ChangeKind, ChangeListener } from "../vfs/mod.ts";
import type { Inode } from "./inode.ts";
import type { InodeTable } from "./inode-table.ts";

interface Watch {
  readonly slot: number;
  readonly recursive: boolean;
  readonly listener: ChangeListener;
}

/** Who wants to know of changes, and of where. */
export class Watches {
  /** 0 lets every change pass with one comparison. */
  count = 0;
  readonly #watches = new Map<number, Watch>();
  #next = 0;

  add(slot: number, recursive: boolean, listener: ChangeListener): number {
    this.#watches.set(this.#next, { slot, recursive, listener });
    this.count++;
    return this.#next++;
  }

  /** @returns The inode's slot that was watched, or undefined. */
  remove(watch: number): number | undefined {
    const found = this.#watches.get(watch);
    if (found === undefined) return undefined;
    this.#watches.delete(watch);
    this.count--;
    return found.slot;
  }

  /**
   * Tells of a change of `name` in `directory`, where `slot` is what the name leads to or led to.
   */
  notify(kind: ChangeKind, directory: Inode, name: string, slot: number, inodes: InodeTable): void {
    for (const watch of this.#watches.values()) {
      if (watch.slot === slot) watch.listener(kind, name);
      else if (watch.slot === directory.slot) watch.listener(kind, name);
      else if (watch.recursive) {
        const path = pathFrom(watch.slot, directory, name, inodes);
        if (path !== undefined) watch.listener(kind, path);
      }
    }
  }
}

/** The path of `name` from the directory `ancestor`, or undefined when it does not lie below. */
function pathFrom(
  ancestor: number,
  directory: Inode,
  name: string,
  inodes: InodeTable,
): string | undefined {
  let path = name;
  let at = directory;
  for (;;) {
    if (at.slot === ancestor) return path;
    const parent = inodes.parentOf(at);
    if (parent === undefined || parent === at) return undefined;
    path = `${at.name}/${path}`;
    at = parent;
  }
}
