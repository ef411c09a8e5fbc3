import type { VfsCore } from "./core.ts";
import { mayChangeOwner, owns } from "./credentials.ts";
import { EACCES, EBADF, EINVAL, EPERM, EROFS } from "./errno.ts";
import type { FileStat, FileSystemStat } from "./file-system.ts";
import { PERMISSION_MASK, S_IFCHR, W_OK } from "./modes.ts";
import type { Mount } from "./mounts.ts";

/** Operations on attributes. Those with a path may answer what a walk answers. */
export interface AttributeOperations {
  /** Fills `into`; a symbolic link at the end is followed. @returns 0, or an error. */
  stat(path: string, into: FileStat): number;
  /** `stat` of the link itself. */
  lstat(path: string, into: FileStat): number;
  /** @returns 0, or EBADF. */
  fstat(fd: number, into: FileStat): number;
  /** @param want `F_OK`, or `R_OK | W_OK | X_OK`. @returns 0, or EACCES, EROFS. */
  access(path: string, want: number): number;
  /** @returns 0, or EPERM for others than the owner, EROFS. */
  chmod(path: string, mode: number): number;
  fchmod(fd: number, mode: number): number;
  /** @param uid Or -1: stays as it is. @param gid As `uid`. @param follow False for `lchown`. */
  chown(path: string, uid: number, gid: number, follow: boolean): number;
  fchown(fd: number, uid: number, gid: number): number;
  /** Sets the times of the last read and write, in microseconds since the epoch. */
  utimes(path: string, accessedUs: number, modifiedUs: number, follow: boolean): number;
  futimes(fd: number, accessedUs: number, modifiedUs: number): number;
  statfs(path: string, into: FileSystemStat): number;
}

export function createAttributeOperations(core: VfsCore): AttributeOperations {
  const { walker, files, streams } = core;

  function statAt(path: string, follow: boolean, into: FileStat): number {
    const failure = walker.resolve(path, follow);
    if (failure < 0) return failure;
    into.device = walker.mount.device;
    return walker.mount.operations.stat(walker.node, into);
  }

  function fstat(fd: number, into: FileStat): number {
    const file = files.get(fd);
    if (file !== undefined) {
      into.device = file.mount.device;
      return file.mount.operations.statHandle(file.handle, into);
    }
    if (streams[fd] === undefined) return -EBADF;
    into.device = 0;
    into.inode = fd;
    into.mode = S_IFCHR | 0o620;
    into.linkCount = 1;
    into.uid = core.credentials.uid;
    into.gid = core.credentials.gid;
    into.sizeBytes = into.allocatedBytes = 0;
    into.blockBytes = 1024;
    into.accessedUs = into.modifiedUs = into.changedUs = into.createdUs = 0;
    return 0;
  }

  function access(path: string, want: number): number {
    const failure = walker.resolve(path, true);
    if (failure < 0 || want === 0) return failure;
    const refusal = walker.check(walker.mount, walker.node, want);
    if (refusal < 0) return refusal;
    return (want & W_OK) !== 0 && walker.mount.readOnly ? -EROFS : 0;
  }

  /** Whether the attributes of a node may be changed; `core.stat` then describes it. */
  function refuseChange(mount: Mount, node: number): number {
    if (mount.readOnly) return -EROFS;
    const failure = mount.operations.stat(node, core.stat);
    if (failure < 0) return failure;
    return owns(core.credentials, core.stat) ? 0 : -EPERM;
  }

  function changeMode(mount: Mount, node: number, mode: number): number {
    const refusal = refuseChange(mount, node);
    return refusal < 0 ? refusal : mount.operations.setMode(node, mode & PERMISSION_MASK);
  }

  function changeOwner(mount: Mount, node: number, uid: number, gid: number): number {
    if (mount.readOnly) return -EROFS;
    const { stat } = core;
    const failure = mount.operations.stat(node, stat);
    if (failure < 0) return failure;
    const newUid = uid === -1 ? stat.uid : uid;
    const newGid = gid === -1 ? stat.gid : gid;
    if (!mayChangeOwner(core.credentials, stat, newUid, newGid)) return -EPERM;
    return mount.operations.setOwner(node, newUid, newGid);
  }

  function changeTimes(mount: Mount, node: number, accessedUs: number, modifiedUs: number): number {
    const refusal = refuseChange(mount, node);
    if (refusal === -EPERM) return -EACCES;
    return refusal < 0 ? refusal : mount.operations.setTimes(node, accessedUs, modifiedUs);
  }

  function resolved(path: string, follow: boolean, change: (mount: Mount, node: number) => number) {
    const failure = walker.resolve(path, follow);
    return failure < 0 ? failure : change(walker.mount, walker.node);
  }

  function opened(fd: number, change: (mount: Mount, node: number) => number): number {
    const file = files.get(fd);
    if (file === undefined) return streams[fd] === undefined ? -EBADF : -EINVAL;
    return change(file.mount, file.node);
  }

  function statfs(path: string, into: FileSystemStat): number {
    const failure = walker.resolve(path, true);
    return failure < 0 ? failure : walker.mount.operations.statfs(into);
  }

  return {
    stat: (path, into) => statAt(path, true, into),
    lstat: (path, into) => statAt(path, false, into),
    fstat,
    access,
    chmod: (path, mode) => resolved(path, true, (mount, node) => changeMode(mount, node, mode)),
    fchmod: (fd, mode) => opened(fd, (mount, node) => changeMode(mount, node, mode)),
    chown: (path, uid, gid, follow) =>
      resolved(path, follow, (mount, node) => changeOwner(mount, node, uid, gid)),
    fchown: (fd, uid, gid) => opened(fd, (mount, node) => changeOwner(mount, node, uid, gid)),
    utimes: (path, accessedUs, modifiedUs, follow) =>
      resolved(path, follow, (mount, node) => changeTimes(mount, node, accessedUs, modifiedUs)),
    futimes: (fd, accessedUs, modifiedUs) =>
      opened(fd, (mount, node) => changeTimes(mount, node, accessedUs, modifiedUs)),
    statfs,
  };
}
