/**
 * Walking from a folder to a name below it without ever leaving the folder.
 *
 * On Linux each folder on the way is opened with O_NOFOLLOW from the descriptor of the one above,
 * by way of /proc/self/fd, and the last name is used relative to the last descriptor. So it does not
 * matter what other programs rename or link meanwhile: there is no moment at which a symbolic link
 * could be followed. Elsewhere each component is looked at before it is used; whoever may write in
 * the folder at the same time could win that race, and get out.
 */
import type { HostFs } from "./host-fs.ts";
import { ERRNO, negativeErrno } from "./linux-errno.ts";

/** Opens a place in the tree without any right to its content (Linux; asm-generic/fcntl.h). */
const O_PATH = 0o10000000;
const PROC_FD = "/proc/self/fd";

/** @returns True for a path of the contract: no empty, `.` or `..` component, no zero byte. */
export function isProperPath(path: string): boolean {
  if (path === "") return true;
  if (path.includes("\0")) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** One file of the host. */
export interface PinnedFile {
  /** Leads to the file until `release`. */
  readonly hostPath: string;
  release(): void;
}

/** A folder of the host that paths are relative to. */
export interface FolderWalk {
  /**
   * Calls `use` with a path of the host for `path`, whose last component is not followed.
   *
   * @returns What `use` returned, or `-errno`: of the walk, or of what `use` threw.
   */
  at<Result>(path: string, use: (hostPath: string) => Result): Result | number;
  /** As `at`, for two paths at once. */
  atBoth(from: string, to: string, use: (hostFrom: string, hostTo: string) => number): number;
  /**
   * Holds on to the file at `path` itself, which is not a symbolic link (ELOOP), whatever happens to
   * its name: its path of the host may also be given to calls that would follow a link.
   */
  pin(path: string): PinnedFile | number;
  close(): void;
}

class DescriptorWalk implements FolderWalk {
  readonly #fs: HostFs;
  readonly #rootFd: number;

  /** Lists the folder once, so that anything else is refused now. */
  constructor(fs: HostFs, root: string) {
    this.#fs = fs;
    this.#rootFd = fs.openSync(root, fs.constants.O_DIRECTORY | O_PATH);
  }

  at<Result>(path: string, use: (hostPath: string) => Result): Result | number {
    const slash = path.lastIndexOf("/");
    let folder = -1;
    try {
      if (path === "") return use(`${PROC_FD}/${this.#rootFd}/.`);
      folder = slash < 0 ? this.#rootFd : this.#openFolder(path.slice(0, slash).split("/"));
      if (folder < 0) return folder;
      return use(`${PROC_FD}/${folder}/${path.slice(slash + 1)}`);
    } catch (error) {
      return negativeErrno(error);
    } finally {
      if (folder >= 0 && folder !== this.#rootFd) this.#fs.closeSync(folder);
    }
  }

  atBoth(from: string, to: string, use: (hostFrom: string, hostTo: string) => number): number {
    return this.at(from, (hostFrom) => this.at(to, (hostTo) => use(hostFrom, hostTo)));
  }

  pin(path: string): PinnedFile | number {
    return this.at(path, (hostPath): PinnedFile | number => {
      const fd = this.#fs.openSync(hostPath, O_PATH | this.#fs.constants.O_NOFOLLOW);
      const release = (): void => this.#fs.closeSync(fd);
      if (!this.#fs.fstatSync(fd).isSymbolicLink())
        return { hostPath: `${PROC_FD}/${fd}`, release };
      release();
      return -ERRNO.ELOOP;
    });
  }

  close(): void {
    this.#fs.closeSync(this.#rootFd);
  }

  /** @returns A descriptor of the folder, or `-errno`. */
  #openFolder(parts: readonly string[]): number {
    const { O_DIRECTORY, O_NOFOLLOW } = this.#fs.constants;
    let folder = this.#rootFd;
    for (const part of parts) {
      const hostPath = `${PROC_FD}/${folder}/${part}`;
      let next: number;
      try {
        next = this.#fs.openSync(hostPath, O_DIRECTORY | O_NOFOLLOW | O_PATH);
      } catch (error) {
        next = this.#isLink(hostPath) ? -ERRNO.ELOOP : negativeErrno(error);
      }
      if (folder !== this.#rootFd) this.#fs.closeSync(folder);
      if (next < 0) return next;
      folder = next;
    }
    return folder;
  }

  /** For the right error only: a link is reported as "not a directory" by the host. */
  #isLink(hostPath: string): boolean {
    try {
      return this.#fs.lstatSync(hostPath).isSymbolicLink();
    } catch {
      return false;
    }
  }
}

class CheckedWalk implements FolderWalk {
  readonly #fs: HostFs;
  readonly #root: string;

  /** Lists the folder once, so that anything else is refused now. */
  constructor(fs: HostFs, root: string) {
    this.#fs = fs;
    this.#root = fs.realpathSync(root);
    fs.readdirSync(this.#root, { withFileTypes: true });
  }

  at<Result>(path: string, use: (hostPath: string) => Result): Result | number {
    try {
      const parts = path === "" ? [] : path.split("/");
      let hostPath = this.#root;
      for (const [index, part] of parts.entries()) {
        if (index > 0 && this.#fs.lstatSync(hostPath).isSymbolicLink()) return -ERRNO.ELOOP;
        hostPath += `/${part}`;
      }
      return use(hostPath);
    } catch (error) {
      return negativeErrno(error);
    }
  }

  atBoth(from: string, to: string, use: (hostFrom: string, hostTo: string) => number): number {
    return this.at(from, (hostFrom) => this.at(to, (hostTo) => use(hostFrom, hostTo)));
  }

  pin(path: string): PinnedFile | number {
    return this.at(path, (hostPath): PinnedFile | number =>
      this.#fs.lstatSync(hostPath).isSymbolicLink()
        ? -ERRNO.ELOOP
        : { hostPath, release: () => {} },
    );
  }

  close(): void {}
}

/**
 * Opens `root` for walks below it. `root` itself may be reached through symbolic links.
 *
 * @param usesDescriptors Default: where the host has /proc/self/fd.
 * @throws Error of the host when it is no folder.
 */
export function openFolder(
  fs: HostFs,
  root: string,
  usesDescriptors: boolean = fs.existsSync(PROC_FD),
): FolderWalk {
  return usesDescriptors ? new DescriptorWalk(fs, root) : new CheckedWalk(fs, root);
}
