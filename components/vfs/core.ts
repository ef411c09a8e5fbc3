import { SUPERUSER, type Credentials } from "./credentials.ts";
import { createFileStat, type FileStat } from "./file-system.ts";
import type { VfsCounters, VfsLimits } from "./limits.ts";
import { MountTable, type Mount } from "./mounts.ts";
import { OpenFiles, type StreamFile } from "./open-files.ts";
import { PathCache } from "./path-cache.ts";
import { PathWalker } from "./path-walker.ts";

/** The descriptors below it belong to streams: input, output, diagnostics. */
export const FIRST_FILE_DESCRIPTOR = 3;

/** What the operations of one VFS share. Inside of the component only. */
export class VfsCore {
  readonly limits: VfsLimits;
  readonly mounts: MountTable;
  readonly cache: PathCache;
  readonly walker: PathWalker;
  readonly files: OpenFiles;
  readonly streams: (StreamFile | undefined)[] = [undefined, undefined, undefined];
  readonly counters: VfsCounters = { opens: 0, reads: 0, readBytes: 0, writes: 0, writtenBytes: 0 };
  /** Reused by whatever needs to look at a file; valid until the next such look. */
  readonly stat: FileStat = createFileStat();
  readonly otherStat: FileStat = createFileStat();
  credentials: Credentials = SUPERUSER;
  umask = 0o022;

  /** `mounts` holds the root already. */
  constructor(mounts: MountTable, limits: VfsLimits) {
    this.limits = limits;
    this.mounts = mounts;
    this.cache = new PathCache(limits.cachedPaths);
    this.walker = new PathWalker(mounts, this.cache, this.credentials);
    this.files = new OpenFiles(limits.openFiles, FIRST_FILE_DESCRIPTOR);
  }

  /**
   * Keeps the cache true after a name was removed or changed by this VFS.
   *
   * @param key The name's only path, or undefined: then everything is forgotten.
   * @param versionBefore The file system's `namesVersion` before the change.
   */
  forget(key: string | undefined, mount: Mount, versionBefore: number): void {
    if (key !== undefined && !this.mounts.isShared(mount)) {
      this.cache.remove(key, mount, versionBefore);
      return;
    }
    this.cache.clear();
    mount.namesVersion = mount.operations.namesVersion;
  }
}
