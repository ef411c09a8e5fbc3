import type { Mount } from "./mounts.ts";

/** Longer paths are not remembered, so that the bound on paths is one on memory. */
const PATH_LENGTH_MAX = 512;

/** Where a path led. */
export interface PathEntry {
  readonly mount: Mount;
  readonly node: number;
  /** True for a symbolic link, which an operation may have to follow. */
  readonly isLink: boolean;
}

/**
 * Remembers where plain paths lead, so that most walks are one look-up in a map.
 *
 * Always true: a key is an absolute path without empty components, "." and "..", on which no
 * symbolic link was followed. So, while each file system is mounted once, a name has one key.
 *
 * A forgotten path keeps its place in the map: `Map.delete` leaves holes over which later look-ups of
 * the same path step.
 */
export class PathCache {
  readonly #entries = new Map<string, PathEntry | undefined>();
  readonly #limit: number;

  /** @param limit The most paths. At the bound, all are forgotten. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns The entry, unless its file system has changed names without this VFS. */
  get(path: string): PathEntry | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return undefined;
    if (entry.mount.namesVersion !== entry.mount.operations.namesVersion) {
      entry.mount.namesVersion = entry.mount.operations.namesVersion;
      this.#entries.clear();
      return undefined;
    }
    return entry;
  }

  set(path: string, mount: Mount, node: number, isLink: boolean): void {
    if (!mount.cacheable || path.length > PATH_LENGTH_MAX) return;
    if (mount.namesVersion !== mount.operations.namesVersion) {
      mount.namesVersion = mount.operations.namesVersion;
      this.#entries.clear();
    }
    if (this.#entries.size >= this.#limit) this.#entries.clear();
    this.#entries.set(path, { mount, node, isLink });
  }

  /**
   * Forgets one path after this VFS removed it.
   *
   * @param versionBefore The file system's `namesVersion` before the removal: when this cache knew
   *   of all changes until then, it still does.
   */
  remove(path: string, mount: Mount, versionBefore: number): void {
    if (mount.namesVersion !== versionBefore) this.#entries.clear();
    else if (this.#entries.has(path)) this.#entries.set(path, undefined);
    mount.namesVersion = mount.operations.namesVersion;
  }

  clear(): void {
    this.#entries.clear();
  }
}
