/** A folder of the host as a `ShareDevice`, confined by `folder-walk.ts`. */
import type { ShareDevice, ShareEntry, ShareOpenFlags, ShareStat } from "../../libos/hal/mod.ts";
import { FolderWatches } from "./folder-watches.ts";
import { type FolderWalk, isProperPath, openFolder, type PinnedFile } from "./folder-walk.ts";
import { fileType, fillStat } from "./host-stat.ts";
import type { HostFs } from "./host-fs.ts";
import type { Schedule } from "./jobs.ts";
import { ERRNO, negativeErrno } from "./linux-errno.ts";

/** A folder that a system may use. */
export interface FolderShareOptions {
  /** The name under which the composition mounts it. */
  readonly name: string;
  /** The folder on the host. */
  readonly path: string;
  /** Default false. */
  readonly readOnly?: boolean;
  /** Files open at one time; beyond it `open` answers EMFILE. Default 1024. */
  readonly maxHandles?: number;
}

export interface FolderShare extends ShareDevice {
  /** Closes all handles and watches; every later call answers EBADF. Idempotent. */
  dispose(): void;
}

const MAX_HANDLES = 1024;

class HostFolderShare implements FolderShare {
  readonly name: string;
  readonly readOnly: boolean;
  readonly #fs: HostFs;
  readonly #walk: FolderWalk;
  readonly #watches: FolderWatches;
  readonly #maxHandles: number;
  /** The host's descriptors by handle. */
  readonly #descriptors: (number | undefined)[] = [];
  #isClosed = false;

  constructor(fs: HostFs, schedule: Schedule, options: FolderShareOptions) {
    this.name = options.name;
    this.readOnly = options.readOnly ?? false;
    this.#fs = fs;
    this.#walk = openFolder(fs, options.path);
    this.#watches = new FolderWatches(fs, schedule);
    this.#maxHandles = options.maxHandles ?? MAX_HANDLES;
  }

  stat(path: string, into: ShareStat): number {
    return this.#at(path, (hostPath) => fillStat(into, this.#fs.lstatSync(hostPath)));
  }

  readdir(path: string): readonly ShareEntry[] | number {
    return this.#atFile(path, (hostPath) =>
      this.#fs
        .readdirSync(hostPath, { withFileTypes: true })
        .map((entry): ShareEntry => ({ name: entry.name, type: fileType(entry) })),
    );
  }

  readlink(path: string): string | number {
    return this.#at(path, (hostPath) => this.#fs.readlinkSync(hostPath));
  }

  open(path: string, flags: ShareOpenFlags, mode: number): number {
    if (this.readOnly && (flags.write || flags.truncate || flags.append)) return -ERRNO.EROFS;
    const handle = this.#freeHandle();
    if (handle < 0) return handle;
    const isCreating = flags.create && !this.readOnly;
    const opened = this.#at(path, (hostPath) => {
      const fd = this.#fs.openSync(hostPath, this.#openFlags(flags, isCreating), mode & 0o7777);
      return this.#acceptDescriptor(fd, handle);
    });
    if (opened === -ERRNO.ENOENT && flags.create && this.readOnly) return -ERRNO.EROFS;
    return opened;
  }

  statHandle(handle: number, into: ShareStat): number {
    return this.#with(handle, (fd) => fillStat(into, this.#fs.fstatSync(fd)));
  }

  read(
    handle: number,
    target: Uint8Array,
    targetOffset: number,
    length: number,
    position: number,
  ): number {
    return this.#with(handle, (fd) => {
      let done = 0;
      while (done < length) {
        const at = targetOffset + done;
        const count = this.#fs.readSync(fd, target, at, length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    });
  }

  write(
    handle: number,
    source: Uint8Array,
    sourceOffset: number,
    length: number,
    position: number,
  ): number {
    return this.#with(handle, (fd) => {
      let done = 0;
      try {
        while (done < length) {
          const at = sourceOffset + done;
          done += this.#fs.writeSync(fd, source, at, length - done, position + done);
        }
      } catch (error) {
        if (done === 0) throw error;
      }
      return done;
    });
  }

  truncate(handle: number, sizeBytes: number): number {
    return this.#with(handle, (fd) => done(this.#fs.ftruncateSync(fd, sizeBytes)));
  }

  sync(handle: number): number {
    return this.#with(handle, (fd) => done(this.#fs.fsyncSync(fd)));
  }

  close(handle: number): number {
    return this.#with(handle, (fd) => {
      this.#descriptors[handle] = undefined;
      return done(this.#fs.closeSync(fd));
    });
  }

  mkdir(path: string, mode: number): number {
    return this.#change(path, ERRNO.EEXIST, (hostPath) =>
      done(this.#fs.mkdirSync(hostPath, mode & 0o7777)),
    );
  }

  unlink(path: string): number {
    return this.#change(path, ERRNO.EISDIR, (hostPath) => {
      // POSIX allows EPERM here; Linux says EISDIR, and so does the contract.
      if (this.#fs.lstatSync(hostPath).isDirectory()) return -ERRNO.EISDIR;
      return done(this.#fs.unlinkSync(hostPath));
    });
  }

  rmdir(path: string): number {
    return this.#change(path, ERRNO.EBUSY, (hostPath) => done(this.#fs.rmdirSync(hostPath)));
  }

  rename(from: string, to: string): number {
    return this.#change(from, ERRNO.EBUSY, () =>
      this.#change(to, ERRNO.EBUSY, () =>
        this.#walk.atBoth(from, to, (hostFrom, hostTo) =>
          done(this.#fs.renameSync(hostFrom, hostTo)),
        ),
      ),
    );
  }

  link(existing: string, path: string): number {
    return this.#change(path, ERRNO.EEXIST, () =>
      this.#change(existing, ERRNO.EPERM, () =>
        this.#walk.atBoth(existing, path, (hostExisting, hostPath) =>
          done(this.#fs.linkSync(hostExisting, hostPath)),
        ),
      ),
    );
  }

  symlink(target: string, path: string): number {
    if (target === "") return -ERRNO.ENOENT;
    if (target.includes("\0")) return -ERRNO.EINVAL;
    return this.#change(path, ERRNO.EEXIST, (hostPath) =>
      done(this.#fs.symlinkSync(target, hostPath)),
    );
  }

  chmod(path: string, mode: number): number {
    if (this.readOnly) return -ERRNO.EROFS;
    return this.#atFile(path, (hostPath) => done(this.#fs.chmodSync(hostPath, mode & 0o7777)));
  }

  utimes(path: string, accessedUs: number, modifiedUs: number): number {
    if (this.readOnly) return -ERRNO.EROFS;
    return this.#at(path, (hostPath) =>
      done(this.#fs.lutimesSync(hostPath, accessedUs / 1e6, modifiedUs / 1e6)),
    );
  }

  statfs(into: Float64Array): number {
    return this.#at("", (hostPath) => {
      const { bsize, blocks, bavail, files, ffree } = this.#fs.statfsSync(hostPath);
      into.set([bsize * blocks, bsize * bavail, files, ffree]);
      return 0;
    });
  }

  watch(path: string): number {
    const file = this.#pin(path);
    return typeof file === "number" ? file : this.#watches.add(file);
  }

  unwatch(watch: number): number {
    return this.#watches.remove(watch);
  }

  changes(accept: (watch: number, kind: "change" | "rename", name: string) => void): number {
    return this.#watches.take(accept);
  }

  onReady(handler: () => void): void {
    this.#watches.onReady(handler);
  }

  dispose(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const fd of this.#descriptors) if (fd !== undefined) this.#fs.closeSync(fd);
    this.#descriptors.length = 0;
    this.#watches.close();
    this.#walk.close();
  }

  #at<Result>(path: string, use: (hostPath: string) => Result): Result | number {
    if (this.#isClosed) return -ERRNO.EBADF;
    return isProperPath(path) ? this.#walk.at(path, use) : -ERRNO.EINVAL;
  }

  /** Uses the file itself, which is not a symbolic link. */
  #atFile<Result>(path: string, use: (hostPath: string) => Result): Result | number {
    const file = this.#pin(path);
    if (typeof file === "number") return file;
    try {
      return use(file.hostPath);
    } catch (error) {
      return negativeErrno(error);
    } finally {
      file.release();
    }
  }

  #pin(path: string): PinnedFile | number {
    if (this.#isClosed) return -ERRNO.EBADF;
    return isProperPath(path) ? this.#walk.pin(path) : -ERRNO.EINVAL;
  }

  /** A change of a name in a folder; the root has none, which `rootErrno` says. */
  #change(path: string, rootErrno: number, use: (hostPath: string) => number): number {
    if (this.readOnly) return -ERRNO.EROFS;
    return path === "" ? -rootErrno : this.#at(path, use);
  }

  #openFlags(flags: ShareOpenFlags, isCreating: boolean): number {
    const { constants } = this.#fs;
    const writes = flags.write || flags.append;
    const access = !writes
      ? constants.O_RDONLY
      : flags.read
        ? constants.O_RDWR
        : constants.O_WRONLY;
    return (
      access |
      (isCreating ? constants.O_CREAT : 0) |
      (flags.create && flags.exclusive ? constants.O_CREAT | constants.O_EXCL : 0) |
      (flags.truncate ? constants.O_TRUNC : 0) |
      (flags.append ? constants.O_APPEND : 0) |
      constants.O_NOFOLLOW |
      // So that a FIFO without a writer does not block us; it is refused below.
      constants.O_NONBLOCK
    );
  }

  /** Keeps a descriptor of a file or a folder; anything else may block or has side effects. */
  #acceptDescriptor(fd: number, handle: number): number {
    const stat = this.#fs.fstatSync(fd);
    if (!stat.isFile() && !stat.isDirectory()) {
      this.#fs.closeSync(fd);
      return -ERRNO.ENXIO;
    }
    this.#descriptors[handle] = fd;
    return handle;
  }

  #freeHandle(): number {
    for (let handle = 0; handle < this.#maxHandles; handle++) {
      if (this.#descriptors[handle] === undefined) return handle;
    }
    return -ERRNO.EMFILE;
  }

  #with(handle: number, use: (fd: number) => number): number {
    const fd = this.#descriptors[handle];
    if (fd === undefined) return -ERRNO.EBADF;
    try {
      return use(fd);
    } catch (error) {
      return negativeErrno(error);
    }
  }
}

/** Success, for calls of the host that throw or return nothing. */
function done(_result: unknown): number {
  return 0;
}

/** Lends a folder. @throws Error of the host when it is no folder. */
export function createFolderShare(
  fs: HostFs,
  schedule: Schedule,
  options: FolderShareOptions,
): FolderShare {
  return new HostFolderShare(fs, schedule, options);
}
