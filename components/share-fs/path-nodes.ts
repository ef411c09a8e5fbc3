/** A path of the share that has a node number. */
export interface PathNode {
  readonly node: number;
  path: string;
  /** Type bits of `st_mode`, as they were at the last look. */
  type: number;
  /** How many hold it: mount points and watches. */
  holds: number;
}

/**
 * Node numbers for the paths of a share. A number means one path from when it is given until it is
 * forgotten, and is never given again.
 */
export class PathNodes {
  readonly #limit: number;
  readonly #byNode = new Map<number, PathNode>();
  readonly #byPath = new Map<string, PathNode>();
  #next = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(node: number): PathNode | undefined {
    return this.#byNode.get(node);
  }

  /** @returns The number of a path; a new one is made where it has none. */
  numberOf(path: string, type: number): number {
    const known = this.#byPath.get(path);
    if (known !== undefined) {
      known.type = type;
      return known.node;
    }
    if (this.#byNode.size >= this.#limit) this.#forgetOldest();
    const added: PathNode = { node: this.#next++, path, type, holds: 0 };
    this.#byNode.set(added.node, added);
    this.#byPath.set(path, added);
    return added.node;
  }

  #forgetOldest(): void {
    for (const candidate of this.#byNode.values()) {
      if (candidate.holds > 0) continue;
      this.#forget(candidate);
      return;
    }
  }

  #forget(found: PathNode): void {
    this.#byNode.delete(found.node);
    if (this.#byPath.get(found.path) === found) this.#byPath.delete(found.path);
  }

  /** Forgets a path that was removed, and all below it. */
  remove(path: string): void {
    for (const found of this.#below(path)) if (found.holds === 0) this.#forget(found);
  }

  /** Gives a path, and all below it, the place to which it was moved; numbers stay. */
  move(from: string, to: string): void {
    this.remove(to);
    for (const found of this.#below(from)) {
      this.#byPath.delete(found.path);
      found.path = to + found.path.slice(from.length);
      this.#byPath.set(found.path, found);
    }
  }

  #below(path: string): PathNode[] {
    const prefix = `${path}/`;
    return [...this.#byNode.values()].filter(
      (found) => found.path === path || found.path.startsWith(prefix),
    );
  }
}
