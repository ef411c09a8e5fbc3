import type { VfsCore } from "./core.ts";
import {
  EBADF,
  EEXIST,
  EINVAL,
  EISDIR,
  ELOOP,
  EMFILE,
  ENOENT,
  ENOTDIR,
  EROFS,
  ESPIPE,
} from "./errno.ts";
import {
  O_ACCMODE,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_EXCL,
  O_NOFOLLOW,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  PERMISSION_MASK,
  R_OK,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  W_OK,
  X_OK,
} from "./modes.ts";
import type { StreamFile } from "./open-files.ts";
import { isDots } from "./path.ts";

/** Operations on open files. */
export interface FileOperations {
  /**
   * Opens a file (POSIX.1-2017 `open`), and creates it first where O_CREAT says so.
   *
   * @param flags `O_` bits.
   * @param mode Permission bits of a new file, less `umask`.
   * @returns A descriptor >= 3, or EMFILE, ENOENT, EEXIST, EISDIR, ENOTDIR, EACCES, EROFS, ELOOP,
   *   ENAMETOOLONG, ENOSPC.
   */
  open(path: string, flags: number, mode: number): number;
  /** @returns 0, or EBADF. */
  close(fd: number): number;
  /**
   * Reads into `target[targetOffset .. targetOffset + length]`.
   *
   * @param position Where to read, or -1 for the descriptor's own offset, which then moves on.
   * @returns Bytes read, 0 at the end of the file, or EBADF, EISDIR.
   */
  read(
    fd: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number;
  /**
   * Writes `source[sourceOffset .. sourceOffset + length]`; with O_APPEND always at the end.
   *
   * @param position As for `read`.
   * @returns Bytes written, fewer than `length` when the store became full on the way; or EBADF,
   *   ENOSPC, EFBIG.
   */
  write(
    fd: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number;
  /** Sets the size (POSIX `ftruncate`). @returns 0, or EBADF, EINVAL, EFBIG. */
  ftruncate(fd: number, sizeBytes: number): number;
  /** @returns 0, or EBADF. */
  fsync(fd: number): number;
  /** Puts a stream behind descriptor 0, 1 or 2. */
  setStream(fd: 0 | 1 | 2, stream: StreamFile | undefined): void;
}

/** Whether `open` found or made the file; `walker` says where. */
const FOUND = 0;
const CREATED = 1;

export function createFileOperations(core: VfsCore): FileOperations {
  const { walker, files, streams, counters } = core;

  /** Makes the missing last component of the path just walked. @returns CREATED, or an error. */
  function createMissing(mode: number): number {
    const { mount, directory, name } = walker;
    if (mount.readOnly) return -EROFS;
    const refusal = walker.check(mount, directory, W_OK | X_OK);
    if (refusal < 0) return refusal;
    const permissions = mode & PERMISSION_MASK & ~core.umask;
    const { uid, gid } = core.credentials;
    const node = mount.operations.create(directory, name, permissions, uid, gid);
    if (node < 0) return node;
    walker.node = node;
    return CREATED;
  }

  /** Finds or creates. @returns FOUND or CREATED, or an error. */
  function find(path: string, flags: number, mode: number): number {
    if ((flags & O_CREAT) !== 0 && path.endsWith("/")) {
      const failure = walker.resolveParent(path);
      if (failure < 0) return failure;
      if (!isDots(walker.name)) return -EISDIR;
    }
    const exclusive = (flags & (O_CREAT | O_EXCL)) === (O_CREAT | O_EXCL);
    const follow = !exclusive && (flags & O_NOFOLLOW) === 0;
    const found = walker.resolve(path, follow);
    if (found === 0) return exclusive ? -EEXIST : FOUND;
    if (found !== -ENOENT || !walker.missing || (flags & O_CREAT) === 0) return found;
    const made = createMissing(mode);
    // A store that others change too may have got the name in the meantime.
    return made === -EEXIST && !exclusive ? walker.resolve(path, follow) : made;
  }

  /** What forbids opening the node just found. */
  function refusal(flags: number): number {
    const { mount, node } = walker;
    const type = mount.operations.type(node);
    const writes = (flags & O_ACCMODE) !== O_RDONLY || (flags & O_TRUNC) !== 0;
    if (type === S_IFLNK) return -ELOOP;
    if (type === S_IFDIR && (writes || (flags & O_CREAT) !== 0)) return -EISDIR;
    if (type !== S_IFDIR && (flags & O_DIRECTORY) !== 0) return -ENOTDIR;
    if (core.credentials.uid !== 0) {
      const reads = (flags & O_ACCMODE) !== O_WRONLY;
      const denied = walker.check(mount, node, (reads ? R_OK : 0) | (writes ? W_OK : 0));
      if (denied < 0) return denied;
    }
    return writes && mount.readOnly ? -EROFS : 0;
  }

  function open(path: string, flags: number, mode: number): number {
    if (!files.hasRoom) return -EMFILE;
    const found = find(path, flags, mode);
    if (found < 0) return found;
    if (found === FOUND) {
      const refused = refusal(flags);
      if (refused < 0) return refused;
    }
    const { mount, node } = walker;
    const { operations } = mount;
    const handle = operations.open(node, flags);
    if (handle < 0) return handle;
    const type = operations.type(node);
    if ((flags & O_TRUNC) !== 0 && found === FOUND && type === S_IFREG) {
      const failure = operations.truncate(handle, 0);
      if (failure < 0) {
        operations.close(handle);
        return failure;
      }
    }
    const access = flags & O_ACCMODE;
    counters.opens++;
    return files.add({
      mount,
      node,
      handle,
      readable: access === O_RDONLY || access === O_RDWR,
      writable: access === O_WRONLY || access === O_RDWR,
      append: (flags & O_APPEND) !== 0,
      isDirectory: type === S_IFDIR,
      position: 0,
    });
  }

  function close(fd: number): number {
    const file = files.get(fd);
    if (file === undefined) {
      if (streams[fd] === undefined) return -EBADF;
      streams[fd] = undefined;
      return 0;
    }
    files.remove(fd);
    return file.mount.operations.close(file.handle);
  }

  function read(
    fd: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number {
    const file = files.get(fd);
    if (file === undefined) {
      const stream = streams[fd];
      if (stream === undefined) return -EBADF;
      return position >= 0 ? -ESPIPE : stream.read(target, targetOffset, length);
    }
    if (!file.readable) return -EBADF;
    if (file.isDirectory) return -EISDIR;
    const from = position < 0 ? file.position : position;
    const count = file.mount.operations.read(file.handle, target, targetOffset, length, from);
    if (count > 0) {
      if (position < 0) file.position = from + count;
      counters.readBytes += count;
    }
    counters.reads++;
    return count;
  }

  function write(
    fd: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number {
    const file = files.get(fd);
    if (file === undefined) {
      const stream = streams[fd];
      if (stream === undefined) return -EBADF;
      return position >= 0 ? -ESPIPE : stream.write(source, sourceOffset, length);
    }
    if (!file.writable) return -EBADF;
    if (length === 0) return 0;
    const { operations } = file.mount;
    const at = file.append ? -1 : position < 0 ? file.position : position;
    const count = operations.write(file.handle, source, sourceOffset, length, at);
    if (count > 0) {
      if (position < 0) {
        if (!file.append) file.position = at + count;
        else if (operations.statHandle(file.handle, core.stat) === 0) {
          file.position = core.stat.sizeBytes;
        }
      }
      counters.writtenBytes += count;
    }
    counters.writes++;
    return count;
  }

  function ftruncate(fd: number, sizeBytes: number): number {
    const file = files.get(fd);
    if (file === undefined) return streams[fd] === undefined ? -EBADF : -EINVAL;
    if (!file.writable || sizeBytes < 0) return -EINVAL;
    return file.mount.operations.truncate(file.handle, sizeBytes);
  }

  function fsync(fd: number): number {
    const file = files.get(fd);
    if (file === undefined) return streams[fd] === undefined ? -EBADF : -EINVAL;
    return file.mount.operations.sync(file.handle);
  }

  function setStream(fd: 0 | 1 | 2, stream: StreamFile | undefined): void {
    streams[fd] = stream;
  }

  return { open, close, read, write, ftruncate, fsync, setStream };
}
