import { createAttributeOperations, type AttributeOperations } from "./attribute-operations.ts";
import { VfsCore } from "./core.ts";
import { SUPERUSER, type Credentials } from "./credentials.ts";
import { EBUSY, EINVAL, ENOSPC, ENOTDIR } from "./errno.ts";
import { createFileOperations, type FileOperations } from "./file-operations.ts";
import type { ChangeListener, FileSystem, FileSystemSync } from "./file-system.ts";
import { VFS_LIMITS, type VfsCounters, type VfsLimits } from "./limits.ts";
import { S_IFDIR } from "./modes.ts";
import { MountTable } from "./mounts.ts";
import { createNameOperations, type NameOperations } from "./name-operations.ts";

/** One line of the mount table. */
export interface MountInfo {
  readonly path: string;
  readonly type: string;
  readonly readOnly: boolean;
}

/**
 * The file tree of one application: a namespace of mounts, a working directory, credentials and
 * open files. An operation returns a number >= 0, or a negated error number (`errno.ts`), and never
 * throws; paths are strings, absolute or relative to `cwd()`.
 */
export interface Vfs extends FileOperations, NameOperations, AttributeOperations {
  readonly counters: Readonly<VfsCounters>;
  /** Permission bits that new files and directories do not get (POSIX `umask`). */
  umask: number;
  /** In whose name the VFS acts from now on. */
  setCredentials(credentials: Credentials): void;
  readonly credentials: Credentials;
  /** How many files are open. */
  openFileCount(): number;
  /**
   * Hangs a file system on an existing directory, whose content it covers; also on "/", and on a
   * mount point.
   *
   * @returns 0, or ENOTDIR, EBUSY for a full table, ENOTSUP for a file system
   *   without `sync`, or what a walk answers.
   */
  mount(path: string, fileSystem: FileSystem, options?: { readonly readOnly?: boolean }): number;
  /** @returns 0, or EINVAL for what is no mount point, EBUSY while it is in use. */
  unmount(path: string): number;
  mounts(): readonly MountInfo[];
  /**
   * Reports changes of a file, or of a directory's names and files, and with `recursive` below it.
   *
   * @returns A watch, >= 0, or ENOSPC at the bound, or what a walk answers.
   */
  watch(path: string, recursive: boolean, listener: ChangeListener): number;
  unwatch(watch: number): void;
  /** Closes all files, ends all watches and unmounts all but the root: nothing is owned afterwards. */
  stop(): void;
}

/**
 * Makes a VFS.
 *
 * @param needs `root` is what "/" shows; it has a synchronous face. `credentials` are uid 0 unless
 *   given.
 * @throws TypeError when `root` has no synchronous face.
 */
export function createVfs(
  needs: { readonly root: FileSystem; readonly credentials?: Credentials },
  limits: VfsLimits = VFS_LIMITS,
): Vfs {
  const table = new MountTable(limits.mounts);
  if (table.add("/", needs.root, false, undefined, 0) < 0) {
    throw new TypeError(`${needs.root.info.type} cannot be the root: it has no synchronous face`);
  }
  const core = new VfsCore(table, limits);
  const watches = createWatchTable(core);
  const { walker } = core;

  function setCredentials(credentials: Credentials): void {
    core.credentials = credentials;
    walker.setCredentials(credentials);
  }

  function mount(path: string, fileSystem: FileSystem, options?: { readOnly?: boolean }): number {
    const real = walker.realpath(path);
    if (typeof real === "number") return real;
    const { mount: parent, node } = walker;
    if (parent.operations.type(node) !== S_IFDIR) return -ENOTDIR;
    core.cache.clear();
    return table.add(real, fileSystem, options?.readOnly === true, parent, node);
  }

  function unmount(path: string): number {
    const failure = walker.resolve(path, true);
    if (failure < 0) return failure;
    const { mount: found, node } = walker;
    if (node !== found.root || found.parent === undefined) return -EINVAL;
    let used = `${walker.workingDirectory}/`.startsWith(`${found.path}/`);
    core.files.forEach((file) => (used ||= file.mount === found));
    if (used || watches.uses(found.operations)) return -EBUSY;
    core.cache.clear();
    return table.remove(found);
  }

  function stop(): void {
    watches.clear();
    core.files.forEach((file, fd) => {
      file.mount.operations.close(file.handle);
      core.files.remove(fd);
    });
    core.streams.fill(undefined);
    core.cache.clear();
    table.clear();
  }

  setCredentials(needs.credentials ?? SUPERUSER);
  return {
    ...createFileOperations(core),
    ...createNameOperations(core),
    ...createAttributeOperations(core),
    counters: core.counters,
    get umask(): number {
      return core.umask;
    },
    set umask(mask: number) {
      core.umask = mask & 0o777;
    },
    get credentials(): Credentials {
      return core.credentials;
    },
    setCredentials,
    openFileCount: () => core.files.count,
    mount,
    unmount,
    mounts: () =>
      table.list().map(({ path, fileSystem, readOnly }) => {
        return { path, type: fileSystem.info.type, readOnly };
      }),
    watch: watches.add,
    unwatch: watches.remove,
    stop,
  };
}

interface WatchTable {
  add(path: string, recursive: boolean, listener: ChangeListener): number;
  remove(watch: number): void;
  uses(operations: FileSystemSync): boolean;
  clear(): void;
}

/** The watches of one VFS, each in the file system that it looks at. */
function createWatchTable(core: VfsCore): WatchTable {
  const watches = new Map<number, { operations: FileSystemSync; watch: number }>();
  let next = 0;

  function add(path: string, recursive: boolean, listener: ChangeListener): number {
    if (watches.size >= core.limits.watches) return -ENOSPC;
    const failure = core.walker.resolve(path, true);
    if (failure < 0) return failure;
    const { operations } = core.walker.mount;
    const watch = operations.watch(core.walker.node, recursive, listener);
    if (watch < 0) return watch;
    watches.set(next, { operations, watch });
    return next++;
  }

  function remove(watch: number): void {
    const found = watches.get(watch);
    if (found === undefined) return;
    watches.delete(watch);
    found.operations.unwatch(found.watch);
  }

  return {
    add,
    remove,
    uses: (operations) => [...watches.values()].some((watch) => watch.operations === operations),
    clear: () => [...watches.keys()].forEach(remove),
  };
}
