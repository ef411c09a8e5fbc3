import { permits, type Credentials } from "./credentials.ts";
import { EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR } from "./errno.ts";
import { createFileStat } from "./file-system.ts";
import { S_IFDIR, S_IFLNK, X_OK } from "./modes.ts";
import type { Mount, MountTable } from "./mounts.ts";
import { exceedsBytes, joinPath, PATH_BYTES_MAX, SYMLINK_MAX } from "./path.ts";
import type { PathCache } from "./path-cache.ts";

const SLASH = 0x2f;

/**
 * Walks paths (POSIX.1-2017, 4.13). A walk leaves its result in the fields, so that it allocates
 * nothing; a field is valid until the next walk, and only where a method says so.
 */
export class PathWalker {
  /** After success: the mount and node that the path names. */
  mount: Mount;
  node = 0;
  /**
   * After `resolveParent`, or when `missing` is true: `name` in the directory `directory` of `mount`
   * is what the path names or would name.
   */
  directory = 0;
  name = "";
  /** After ENOENT: only the last component is missing, so it could be created. */
  missing = false;
  /** After `resolveParent`, or when `missing` is true: the path ended in a slash. */
  trailingSlash = false;
  /** After `resolveParent`: the key of the path in the cache, or undefined when it may have others. */
  key: string | undefined;
  /** The working directory: absolute, and without symbolic links when it was set. */
  workingDirectory = "/";

  readonly #mounts: MountTable;
  readonly #cache: PathCache;
  readonly #stat = createFileStat();
  #credentials: Credentials;
  /** The components of the resolved path, while `realpath` walks. */
  #names: string[] | undefined;
  #plain = false;

  constructor(mounts: MountTable, cache: PathCache, credentials: Credentials) {
    this.mount = mounts.root;
    this.#mounts = mounts;
    this.#cache = cache;
    this.#credentials = credentials;
  }

  setCredentials(credentials: Credentials): void {
    this.#credentials = credentials;
    this.#cache.clear();
  }

  /**
   * Finds what a path names: `mount` and `node`.
   *
   * @param follow Whether a symbolic link at the end is followed.
   * @returns 0, or ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES.
   */
  resolve(path: string, follow: boolean): number {
    const full = this.#absolute(path);
    const hit = this.#cache.get(full);
    if (hit !== undefined && (!follow || !hit.isLink)) {
      this.mount = hit.mount;
      this.node = hit.node;
      return 0;
    }
    this.missing = false;
    const slash = full.lastIndexOf("/");
    if (slash > 0 && full.length * 3 <= PATH_BYTES_MAX) {
      const parent = this.#cache.get(full.slice(0, slash));
      if (parent !== undefined && !parent.isLink) {
        const name = full.slice(slash + 1);
        if (name !== "" && name !== "." && name !== "..") {
          return this.#resolveIn(full, parent.mount, parent.node, name, follow);
        }
      }
    }
    return path === "" ? -ENOENT : this.#walk(full, follow);
  }

  /**
   * Finds the directory of the last component: `mount`, `directory`, `name`, `trailingSlash`, `key`.
   * `name` is "" for the root, and may be "." or "..".
   *
   * @returns 0, or ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES.
   */
  resolveParent(path: string): number {
    if (path === "") return -ENOENT;
    const full = this.#absolute(path);
    let end = full.length;
    while (end > 1 && full.charCodeAt(end - 1) === SLASH) end--;
    const slash = full.lastIndexOf("/", end - 1);
    const name = full.slice(slash + 1, end);
    this.trailingSlash = end < full.length;
    const failure = this.#resolveDirectory(full, slash);
    if (failure < 0) return failure;
    if (this.mount.operations.type(this.node) !== S_IFDIR) return -ENOTDIR;
    if (this.#credentials.uid !== 0) {
      const refusal = this.check(this.mount, this.node, X_OK);
      if (refusal < 0) return refusal;
    }
    if (exceedsBytes(name, this.mount.nameBytesMax)) return -ENAMETOOLONG;
    this.directory = this.node;
    this.name = name;
    this.key = this.#plain && !this.trailingSlash ? full : undefined;
    return 0;
  }

  /** @returns The absolute path without links, "." and ".." that `path` names, or what `resolve` answers. */
  realpath(path: string): string | number {
    if (path === "") return -ENOENT;
    const full = this.#absolute(path);
    const hit = this.#cache.get(full);
    if (hit !== undefined && !hit.isLink) {
      this.mount = hit.mount;
      this.node = hit.node;
      return full;
    }
    const names: string[] = [];
    this.#names = names;
    const failure = this.#walk(full, true);
    this.#names = undefined;
    if (failure < 0) return failure;
    let real = "";
    for (const name of names) real += `/${name}`;
    return real === "" ? "/" : real;
  }

  /** @returns 0, or EACCES when `want` (`R_OK | W_OK | X_OK`) is not granted for the node. */
  check(mount: Mount, node: number, want: number): number {
    if (this.#credentials.uid === 0 && (want & X_OK) === 0) return 0;
    const failure = mount.operations.stat(node, this.#stat);
    if (failure < 0) return failure;
    return permits(this.#credentials, this.#stat, want) ? 0 : -EACCES;
  }

  #absolute(path: string): string {
    return path.charCodeAt(0) === SLASH ? path : joinPath(this.workingDirectory, path);
  }

  /** Resolves what stands before the slash at `slash`, and notes whether it is plain. */
  #resolveDirectory(full: string, slash: number): number {
    this.#plain = true;
    if (slash === 0) {
      this.#startAtRoot();
      return 0;
    }
    const path = full.slice(0, slash);
    const hit = this.#cache.get(path);
    if (hit === undefined || hit.isLink) return this.#walk(path, true);
    this.mount = hit.mount;
    this.node = hit.node;
    return 0;
  }

  /** Resolves `name` in a directory that the cache knew; `full` is then plain as well. */
  #resolveIn(full: string, mount: Mount, directory: number, name: string, follow: boolean): number {
    if (exceedsBytes(name, mount.nameBytesMax)) return -ENAMETOOLONG;
    if (this.#credentials.uid !== 0) {
      if (mount.operations.type(directory) !== S_IFDIR) return -ENOTDIR;
      const refusal = this.check(mount, directory, X_OK);
      if (refusal < 0) return refusal;
    }
    const node = mount.operations.lookup(directory, name);
    if (node < 0) {
      if (node === -ENOENT) {
        this.#plain = true;
        this.#setMissing(mount, directory, name, false);
      }
      return node;
    }
    const type = mount.operations.type(node);
    if (type === S_IFLNK && follow) return this.#walk(full, true);
    this.mount = mount;
    this.node = node;
    if (type === S_IFDIR) this.#enterMounts();
    this.#cache.set(full, this.mount, this.node, type === S_IFLNK);
    return 0;
  }

  #setMissing(mount: Mount, directory: number, name: string, trailingSlash: boolean): void {
    this.missing = true;
    this.mount = mount;
    this.directory = directory;
    this.name = name;
    this.trailingSlash = trailingSlash;
  }

  /** Moves from a directory on which something is mounted to the root of what is mounted there. */
  #enterMounts(): void {
    let child = this.mount.children?.get(this.node);
    while (child !== undefined) {
      this.mount = child;
      this.node = child.root;
      child = child.children?.get(child.root);
    }
  }

  /** Moves to the parent directory, across mount points; the root is its own parent. */
  #leave(): number {
    while (this.node === this.mount.root && this.mount.parent !== undefined) {
      this.node = this.mount.coveredNode;
      this.mount = this.mount.parent;
    }
    if (this.node === this.mount.root) return 0;
    const parent = this.mount.operations.lookup(this.node, "..");
    if (parent < 0) return parent;
    this.node = parent;
    return 0;
  }

  #startAtRoot(): void {
    this.mount = this.#mounts.root;
    this.node = this.mount.root;
    this.#enterMounts();
    if (this.#names !== undefined) this.#names.length = 0;
  }

  /** The walk itself, component by component, from the root. `path` is absolute. */
  #walk(path: string, follow: boolean): number {
    if (exceedsBytes(path, PATH_BYTES_MAX)) return -ENAMETOOLONG;
    this.missing = false;
    this.#plain = true;
    this.#startAtRoot();
    let text = path;
    let links = 0;
    let type = S_IFDIR;
    let at = 0;
    for (;;) {
      const start = skipSlashes(text, at);
      if (start === text.length) break;
      if (start - at > 1) this.#plain = false;
      const slash = text.indexOf("/", start);
      const end = slash < 0 ? text.length : slash;
      const isLast = slash < 0 || skipSlashes(text, end) === text.length;
      const name = text.slice(start, end);
      at = end;
      const failure = this.#step(text, start, name, isLast, isLast && slash >= 0);
      if (failure < 0) return failure;
      type = this.mount.operations.type(this.node);
      if (type === S_IFLNK && (follow || !isLast || slash >= 0)) {
        if (++links > SYMLINK_MAX) return -ELOOP;
        const target = this.mount.operations.readlink(this.node);
        if (typeof target === "number") return target;
        text = target + text.slice(end);
        if (exceedsBytes(text, PATH_BYTES_MAX)) return -ENAMETOOLONG;
        if (text.charCodeAt(0) === SLASH) this.#startAtRoot();
        else {
          this.node = this.directory;
          this.#names?.pop();
        }
        this.#plain = false;
        type = S_IFDIR;
        at = 0;
      } else if (type === S_IFDIR && this.mount.children !== undefined) this.#enterMounts();
    }
    // What ends in a slash names a directory (POSIX 4.13).
    if (at < text.length) {
      if (type !== S_IFDIR) return -ENOTDIR;
      if (text.length > 1) this.#plain = false;
    }
    if (this.#plain) this.#cache.set(path, this.mount, this.node, type === S_IFLNK);
    return 0;
  }

  /** Moves by one component. `directory` becomes where it started. */
  #step(text: string, start: number, name: string, isLast: boolean, slashed: boolean): number {
    const { mount, node: directory } = this;
    const isDirectory = mount.operations.type(directory) === S_IFDIR;
    if (!isDirectory) return -ENOTDIR;
    if (this.#credentials.uid !== 0) {
      const refusal = this.check(mount, directory, X_OK);
      if (refusal < 0) return refusal;
    }
    this.directory = directory;
    if (name === "." || name === "..") {
      this.#plain = false;
      if (name === ".") return 0;
      this.#names?.pop();
      return this.#leave();
    }
    if (exceedsBytes(name, mount.nameBytesMax)) return -ENAMETOOLONG;
    const node = mount.operations.lookup(directory, name);
    if (node < 0) {
      if (node === -ENOENT && isLast) this.#setMissing(mount, directory, name, slashed);
      return node;
    }
    if (isLast && this.#plain && start > 1) {
      this.#cache.set(text.slice(0, start - 1), mount, directory, false);
    }
    this.#names?.push(name);
    this.node = node;
    return 0;
  }
}

function skipSlashes(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === SLASH) at++;
  return at;
}
