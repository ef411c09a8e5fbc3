import type { ChunkStore } from "./chunk-store.ts";
import { truncateContent } from "./content.ts";
import { Inode } from "./inode.ts";

/**
 * All inodes of one file system, by slot: the node number of the VFS.
 *
 * Always true: an inode is in the table while it has a name, a handle or a holder; `used` counts
 * inodes and the further names of files.
 */
export class InodeTable {
  /** Against the bound on inodes. */
  used = 0;
  readonly #wallUs: () => number;
  readonly #store: ChunkStore;
  readonly #inodes: (Inode | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  #nextNumber = 1;

  constructor(wallUs: () => number, store: ChunkStore) {
    this.#wallUs = wallUs;
    this.#store = store;
  }

  get(slot: number): Inode | undefined {
    return this.#inodes[slot];
  }

  /** The inode of a slot that is known to be in use: an entry of a directory, an open handle. */
  at(slot: number): Inode {
    return this.#inodes[slot]!;
  }

  add(mode: number, uid: number, gid: number, parent: number, name: string): Inode {
    const slot = this.#freeSlots.pop() ?? this.#inodes.length;
    const inode = new Inode(this.#nextNumber++, slot, mode, uid, gid, this.#wallUs(), parent, name);
    this.#inodes[slot] = inode;
    this.used++;
    return inode;
  }

  /** Takes one name away from an inode; a directory's "." goes with it. */
  dropName(inode: Inode, nowUs: number): void {
    inode.linkCount = inode.entries === undefined ? inode.linkCount - 1 : 0;
    inode.changedUs = nowUs;
    if (inode.linkCount > 0) this.used--;
    else this.reclaim(inode);
  }

  /** Frees an inode that has neither a name nor a user. */
  reclaim(inode: Inode): void {
    if (inode.linkCount > 0 || inode.references > 0) return;
    truncateContent(this.#store, inode, 0);
    this.#inodes[inode.slot] = undefined;
    this.#freeSlots.push(inode.slot);
    this.used--;
  }

  /** @returns The directory above an inode; the root is its own. */
  parentOf(inode: Inode): Inode | undefined {
    return this.#inodes[inode.parent];
  }

  /** @returns True when `directory` is `ancestor` or lies below it. */
  liesIn(directory: Inode, ancestor: Inode): boolean {
    let at = directory;
    for (;;) {
      if (at === ancestor) return true;
      if (at.slot === at.parent) return false;
      at = this.at(at.parent);
    }
  }
}
