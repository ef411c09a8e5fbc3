import type { VfsCore } from "./core.ts";
import { stickyForbids } from "./credentials.ts";
import {
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EROFS,
  EXDEV,
} from "./errno.ts";
import type { AcceptEntry } from "./file-system.ts";
import { PERMISSION_MASK, R_OK, S_IFDIR, S_IFLNK, W_OK, X_OK } from "./modes.ts";
import type { Mount } from "./mounts.ts";
import { exceedsBytes, isDots, PATH_BYTES_MAX } from "./path.ts";

/** Operations on names: directories and links. All may answer what a walk answers. */
export interface NameOperations {
  /** @param mode Permission bits, less `umask`. @returns 0, or EEXIST, EROFS, EACCES, ENOSPC. */
  mkdir(path: string, mode: number): number;
  /** @returns 0, or ENOTDIR, ENOTEMPTY, EBUSY for a mount point, EINVAL for ".". */
  rmdir(path: string): number;
  /** @returns 0, or EISDIR for a directory. */
  unlink(path: string): number;
  /** Moves and replaces atomically. @returns 0, or EXDEV between mounts, EBUSY, EINVAL, ENOTEMPTY. */
  rename(from: string, to: string): number;
  /** @returns 0, or EEXIST, EPERM for a directory, EXDEV, EMLINK. */
  link(existing: string, path: string): number;
  /** @param target Kept as it is. @returns 0, or EEXIST, ENOENT for "", ENAMETOOLONG. */
  symlink(target: string, path: string): number;
  /** @returns The target, or EINVAL for what is no symbolic link. */
  readlink(path: string): string | number;
  /** Hands over every name but "." and "..". @returns The number of names, or ENOTDIR, EACCES. */
  readdir(path: string, accept: AcceptEntry): number;
  /** @returns The absolute path without links, "." and "..". */
  realpath(path: string): string | number;
  /** Sets the working directory. @returns 0, or ENOTDIR, EACCES. */
  chdir(path: string): number;
  /** @returns The working directory: absolute, without symbolic links when it was set. */
  cwd(): string;
}

export function createNameOperations(core: VfsCore): NameOperations {
  const { walker } = core;

  /** Whether a name may be added to the directory just walked to. */
  function refuseNew(mount: Mount, directory: number, name: string): number {
    const existing = mount.operations.lookup(directory, name);
    if (existing >= 0) return -EEXIST;
    if (existing !== -ENOENT) return existing;
    if (mount.readOnly) return -EROFS;
    return walker.check(mount, directory, W_OK | X_OK);
  }

  /** Whether `node` may lose its name in `directory`. */
  function refuseRemoval(mount: Mount, directory: number, node: number): number {
    if (mount.children?.has(node) === true) return -EBUSY;
    if (core.credentials.uid === 0) return 0;
    const refusal = walker.check(mount, directory, W_OK | X_OK);
    if (refusal < 0) return refusal;
    const { stat, otherStat } = core;
    if (mount.operations.stat(directory, stat) < 0) return 0;
    if (mount.operations.stat(node, otherStat) < 0) return 0;
    return stickyForbids(core.credentials, stat, otherStat) ? -EPERM : 0;
  }

  function mkdir(path: string, mode: number): number {
    const failure = walker.resolveParent(path);
    if (failure < 0) return failure;
    const { mount, directory, name } = walker;
    if (isDots(name)) return -EEXIST;
    const refusal = refuseNew(mount, directory, name);
    if (refusal < 0) return refusal;
    const permissions = mode & PERMISSION_MASK & ~core.umask;
    const { uid, gid } = core.credentials;
    const node = mount.operations.mkdir(directory, name, permissions, uid, gid);
    return node < 0 ? node : 0;
  }

  function rmdir(path: string): number {
    const failure = walker.resolveParent(path);
    if (failure < 0) return failure;
    const { mount, directory, name, key } = walker;
    if (name === "") return -EBUSY;
    if (isDots(name)) return name === "." ? -EINVAL : -ENOTEMPTY;
    if (mount.readOnly) return -EROFS;
    const node = mount.operations.lookup(directory, name);
    if (node < 0) return node;
    const refusal = refuseRemoval(mount, directory, node);
    if (refusal < 0) return refusal;
    const version = mount.operations.namesVersion;
    const result = mount.operations.rmdir(directory, name);
    if (result === 0) core.forget(key, mount, version);
    return result;
  }

  function unlink(path: string): number {
    const failure = walker.resolveParent(path);
    if (failure < 0) return failure;
    const { mount, directory, name, key } = walker;
    if (isDots(name)) return -EISDIR;
    if (mount.readOnly) return -EROFS;
    // Only then is a look at the file itself needed; `unlink` below finds what else is wrong.
    if (core.credentials.uid !== 0 || walker.trailingSlash) {
      const node = mount.operations.lookup(directory, name);
      if (node < 0) return node;
      if (walker.trailingSlash && mount.operations.type(node) !== S_IFDIR) return -ENOTDIR;
      const refusal = refuseRemoval(mount, directory, node);
      if (refusal < 0) return refusal;
    }
    const version = mount.operations.namesVersion;
    const result = mount.operations.unlink(directory, name);
    if (result === 0) core.forget(key, mount, version);
    return result;
  }

  function rename(from: string, to: string): number {
    let failure = walker.resolveParent(from);
    if (failure < 0) return failure;
    const source = { ...here(), trailingSlash: walker.trailingSlash };
    failure = walker.resolveParent(to);
    if (failure < 0) return failure;
    const target = here();
    const slashed = source.trailingSlash || walker.trailingSlash;
    const { mount } = source;
    if (mount !== target.mount) return -EXDEV;
    if (isDots(source.name) || isDots(target.name)) return -EBUSY;
    if (mount.readOnly) return -EROFS;
    const { operations } = mount;
    const node = operations.lookup(source.directory, source.name);
    if (node < 0) return node;
    const type = operations.type(node);
    if (slashed && type !== S_IFDIR) return -ENOTDIR;
    let refusal = refuseRemoval(mount, source.directory, node);
    if (refusal < 0) return refusal;
    const replaced = operations.lookup(target.directory, target.name);
    refusal =
      replaced >= 0
        ? refuseRemoval(mount, target.directory, replaced)
        : walker.check(mount, target.directory, W_OK | X_OK);
    if (refusal < 0) return refusal;
    const version = operations.namesVersion;
    const result = operations.rename(source.directory, source.name, target.directory, target.name);
    if (result < 0) return result;
    if (type === S_IFDIR) core.forget(undefined, mount, version);
    else {
      core.forget(source.key, mount, version);
      core.forget(target.key, mount, operations.namesVersion);
    }
    return 0;
  }

  /** A copy of where `resolveParent` ended. */
  function here(): { mount: Mount; directory: number; name: string; key: string | undefined } {
    return {
      mount: walker.mount,
      directory: walker.directory,
      name: walker.name,
      key: walker.key,
    };
  }

  function link(existing: string, path: string): number {
    let failure = walker.resolve(existing, false);
    if (failure < 0) return failure;
    const { mount, node } = walker;
    failure = walker.resolveParent(path);
    if (failure < 0) return failure;
    const { directory, name } = walker;
    if (isDots(name)) return -EEXIST;
    const taken = refuseNew(walker.mount, directory, name);
    if (taken < 0) return taken;
    if (walker.trailingSlash) return -ENOENT;
    if (mount !== walker.mount) return -EXDEV;
    if (mount.operations.type(node) === S_IFDIR) return -EPERM;
    return mount.operations.link(node, directory, name);
  }

  function symlink(target: string, path: string): number {
    if (target === "") return -ENOENT;
    if (exceedsBytes(target, PATH_BYTES_MAX)) return -ENAMETOOLONG;
    const failure = walker.resolveParent(path);
    if (failure < 0) return failure;
    const { mount, directory, name } = walker;
    if (isDots(name)) return -EEXIST;
    const refusal = refuseNew(mount, directory, name);
    if (refusal < 0) return refusal;
    if (walker.trailingSlash) return -ENOENT;
    const { uid, gid } = core.credentials;
    const node = mount.operations.symlink(directory, name, target, uid, gid);
    return node < 0 ? node : 0;
  }

  function readlink(path: string): string | number {
    const failure = walker.resolve(path, false);
    if (failure < 0) return failure;
    const { mount, node } = walker;
    if (mount.operations.type(node) !== S_IFLNK) return -EINVAL;
    return mount.operations.readlink(node);
  }

  function readdir(path: string, accept: AcceptEntry): number {
    const failure = walker.resolve(path, true);
    if (failure < 0) return failure;
    const { mount, node } = walker;
    if (mount.operations.type(node) !== S_IFDIR) return -ENOTDIR;
    const refusal = walker.check(mount, node, R_OK);
    return refusal < 0 ? refusal : mount.operations.readdir(node, accept);
  }

  function chdir(path: string): number {
    const resolved = walker.realpath(path);
    if (typeof resolved === "number") return resolved;
    if (walker.mount.operations.type(walker.node) !== S_IFDIR) return -ENOTDIR;
    const refusal = walker.check(walker.mount, walker.node, X_OK);
    if (refusal < 0) return refusal;
    walker.workingDirectory = resolved;
    return 0;
  }

  return {
    mkdir,
    rmdir,
    unlink,
    rename,
    link,
    symlink,
    readlink,
    readdir,
    realpath: (path) => walker.realpath(path),
    chdir,
    cwd: () => walker.workingDirectory,
  };
}
