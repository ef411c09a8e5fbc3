/** Bounds of one VFS. */
export interface VfsLimits {
  /** Descriptors, with the three streams; beyond it `open` answers EMFILE. */
  readonly openFiles: number;
  /** Mounts at one time; beyond it `mount` answers EBUSY. */
  readonly mounts: number;
  /** Paths that the cache remembers; at the bound it forgets all and starts anew. */
  readonly cachedPaths: number;
  /** Watches at one time; beyond it `watch` answers ENOSPC, as inotify does. */
  readonly watches: number;
}

export const VFS_LIMITS: VfsLimits = {
  openFiles: 4096,
  mounts: 256,
  cachedPaths: 16_384,
  watches: 8192,
};

/** What passed through a VFS since it was made. */
export interface VfsCounters {
  opens: number;
  reads: number;
  readBytes: number;
  writes: number;
  writtenBytes: number;
}
