import type { ShareDevice, ShareEntry, ShareStat } from "../../../libos/hal/mod.ts";
import { createMemfs } from "../../memfs/mod.ts";
import {
  createFileStat,
  createFileSystemStat,
  createVfs,
  errno,
  modes,
  type FileStat,
  type Vfs,
} from "../../vfs/mod.ts";

const { EINVAL, EROFS } = errno;
const { O_APPEND, O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = modes;

/** A share in memory that keeps to the contract, and what the host does behind its back. */
export interface FakeShare {
  readonly device: ShareDevice;
  /** The host's own view of the folder: changes made here are changes of the host. */
  readonly host: Vfs;
  /** Lets the device announce changes, as a job of the platform. */
  announce(): void;
  /** The calls so far, as "name path". */
  readonly calls: string[];
}

export function createFakeShare(options: { readOnly?: boolean } = {}): FakeShare {
  const readOnly = options.readOnly ?? false;
  let nowUs = 1000;
  const host = createVfs({ root: createMemfs({ wallUs: () => ++nowUs }) });
  host.umask = 0;
  const stat = createFileStat();
  const calls: string[] = [];
  const pending: { watch: number; kind: "change" | "rename"; name: string }[] = [];
  let onReady: (() => void) | undefined;

  /** Refuses improper paths, and links on the way. @returns The host's path, or an error. */
  function check(name: string, path: string): string | number {
    calls.push(`${name} ${path}`);
    const parts = path.split("/");
    if (path !== "" && parts.some((part) => part === "" || part === "." || part === "..")) {
      return -EINVAL;
    }
    for (let i = 1; i < parts.length; i++) {
      const folder = `/${parts.slice(0, i).join("/")}`;
      if (host.lstat(folder, stat) < 0) break;
      if ((stat.mode & modes.S_IFMT) === modes.S_IFLNK) return -errno.ELOOP;
    }
    return `/${path}`;
  }

  function at(name: string, path: string, use: (hostPath: string) => number): number {
    const hostPath = check(name, path);
    return typeof hostPath === "number" ? hostPath : use(hostPath);
  }

  function change(name: string, path: string, use: (hostPath: string) => number): number {
    return readOnly ? -EROFS : at(name, path, use);
  }

  const device: ShareDevice = {
    name: "fake",
    readOnly,
    stat: (path, into) =>
      at("stat", path, (hostPath) => {
        const failure = host.lstat(hostPath, stat);
        if (failure === 0) fill(into, stat);
        return failure;
      }),
    readdir(path) {
      const hostPath = check("readdir", path);
      if (typeof hostPath === "number") return hostPath;
      const entries: ShareEntry[] = [];
      const count = host.readdir(hostPath, (name, type) => void entries.push({ name, type }));
      return count < 0 ? count : entries;
    },
    readlink(path) {
      const hostPath = check("readlink", path);
      return typeof hostPath === "number" ? hostPath : host.readlink(hostPath);
    },
    open: (path, flags, mode) =>
      at("open", path, (hostPath) => {
        if (readOnly && (flags.write || flags.create || flags.truncate)) return -EROFS;
        const access = flags.read ? (flags.write ? O_RDWR : O_RDONLY) : O_WRONLY;
        const bits =
          (flags.create ? O_CREAT : 0) |
          (flags.exclusive ? O_EXCL : 0) |
          (flags.truncate ? O_TRUNC : 0) |
          (flags.append ? O_APPEND : 0);
        return host.open(hostPath, access | bits | O_NOFOLLOW, mode);
      }),
    statHandle(handle, into) {
      const failure = host.fstat(handle, stat);
      if (failure === 0) fill(into, stat);
      return failure;
    },
    read: host.read,
    write: host.write,
    truncate: host.ftruncate,
    sync: host.fsync,
    close: host.close,
    mkdir: (path, mode) => change("mkdir", path, (hostPath) => host.mkdir(hostPath, mode)),
    unlink: (path) => change("unlink", path, host.unlink),
    rmdir: (path) => change("rmdir", path, host.rmdir),
    rename: (from, to) =>
      change("rename", from, (hostFrom) =>
        at("rename to", to, (hostTo) => host.rename(hostFrom, hostTo)),
      ),
    link: (existing, path) =>
      change("link", existing, (hostExisting) =>
        at("link to", path, (hostPath) => host.link(hostExisting, hostPath)),
      ),
    symlink: (target, path) =>
      change("symlink", path, (hostPath) => host.symlink(target, hostPath)),
    chmod: (path, mode) => change("chmod", path, (hostPath) => host.chmod(hostPath, mode)),
    utimes: (path, accessedUs, modifiedUs) =>
      change("utimes", path, (hostPath) => host.utimes(hostPath, accessedUs, modifiedUs, false)),
    statfs(into) {
      const space = createFileSystemStat();
      host.statfs("/", space);
      into.set([space.blocks * 4096, space.freeBlocks * 4096, space.files, space.freeFiles]);
      return 0;
    },
    watch: (path) =>
      at("watch", path, (hostPath) => {
        const watch: number = host.watch(hostPath, false, (kind, name) =>
          pending.push({ watch, kind, name }),
        );
        return watch;
      }),
    unwatch(watch) {
      calls.push(`unwatch ${watch}`);
      host.unwatch(watch);
      return 0;
    },
    changes(accept) {
      const count = pending.length;
      for (const { watch, kind, name } of pending.splice(0)) accept(watch, kind, name);
      return count;
    },
    onReady: (handler) => (onReady = handler),
  };
  return { device, host, announce: () => onReady?.(), calls };
}

function fill(into: ShareStat, from: FileStat): void {
  into.mode = from.mode;
  into.sizeBytes = from.sizeBytes;
  into.inode = from.inode;
  into.linkCount = from.linkCount;
  into.accessedUs = from.accessedUs;
  into.modifiedUs = from.modifiedUs;
  into.changedUs = from.changedUs;
  into.createdUs = from.createdUs;
}
