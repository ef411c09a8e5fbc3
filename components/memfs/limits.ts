/** Bounds of one memory file system. */
export interface MemfsLimits {
  /** Bytes of content that all files may occupy together; beyond it a write answers ENOSPC. */
  readonly bytes: number;
  /** Files, directories, links and further names of files; beyond it a creation answers ENOSPC. */
  readonly inodes: number;
  /** Bytes of UTF-8 in one name, 1 .. 255; the VFS answers ENAMETOOLONG. */
  readonly nameBytes: number;
  /** Bytes in one file, holes included; beyond it a write or `truncate` answers EFBIG. */
  readonly fileBytes: number;
  /** Names of one file; beyond it `link` answers EMLINK. */
  readonly links: number;
  /** Watches at one time; beyond it `watch` answers ENOSPC. */
  readonly watches: number;
  /** Bytes of freed memory that are kept for the next file; more goes back to the engine. */
  readonly recycledBytes: number;
}

export const MEMFS_LIMITS: MemfsLimits = {
  bytes: 256 * 1024 * 1024,
  inodes: 262_144,
  nameBytes: 255,
  fileBytes: 64 * 1024 * 1024 * 1024,
  links: 65_000,
  watches: 8192,
  recycledBytes: 8 * 1024 * 1024,
};
