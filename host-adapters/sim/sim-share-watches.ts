import { ERRNO } from "../shared/linux-errno.ts";
import type { TreeNode } from "./folder-tree.ts";
import type { SimEvent, World } from "./world.ts";

/** Watches at one time; beyond it `watch` answers EMFILE. */
const MAX_WATCHES = 1024;
/** Changes that wait to be fetched; beyond it a watch reports one `rename` of "": look again. */
const MAX_CHANGES = 1024;

type Kind = "change" | "rename";

/** The watches of one simulated share. Equal changes that nobody has fetched are reported once. */
export class ShareWatches implements SimEvent {
  readonly isHandler = true;
  readonly #world: World;
  readonly #nodes: (TreeNode | undefined)[] = [];
  #changes = new Map<string, readonly [number, Kind, string]>();
  #handler: (() => void) | undefined;
  #isAnnounced = false;

  constructor(world: World) {
    this.#world = world;
  }

  add(node: TreeNode): number {
    let watch = 0;
    while (this.#nodes[watch] !== undefined) watch++;
    if (watch >= MAX_WATCHES) return -ERRNO.EMFILE;
    this.#nodes[watch] = node;
    return watch;
  }

  remove(watch: number): number {
    if (this.#nodes[watch] === undefined) return -ERRNO.EBADF;
    this.#nodes[watch] = undefined;
    return 0;
  }

  /** Something changed: the content of `node`, or the name `name` in it. */
  report(kind: Kind, node: TreeNode, name: string): void {
    for (const [watch, watched] of this.#nodes.entries()) {
      if (watched !== node) continue;
      const isFull = this.#changes.size >= MAX_CHANGES;
      const change = isFull ? ([watch, "rename", ""] as const) : ([watch, kind, name] as const);
      this.#changes.set(change.join(" "), change);
      this.#announce();
    }
  }

  take(accept: (watch: number, kind: Kind, name: string) => void): number {
    const changes = this.#changes;
    this.#changes = new Map();
    let count = 0;
    for (const [watch, kind, name] of changes.values()) {
      if (this.#nodes[watch] === undefined) continue;
      accept(watch, kind, name);
      count++;
    }
    return count;
  }

  onReady(handler: () => void): void {
    this.#handler = handler;
    if (this.#changes.size > 0) this.#announce();
  }

  close(): void {
    this.#handler = undefined;
    this.#nodes.length = 0;
  }

  isStale(): boolean {
    return this.#handler === undefined;
  }

  run(): void {
    this.#isAnnounced = false;
    this.#handler?.();
  }

  #announce(): void {
    if (this.#isAnnounced || this.#handler === undefined) return;
    this.#isAnnounced = true;
    this.#world.at(this.#world.nowUs, this);
  }
}
