/** Bounds of one `fs`. */
export interface FsLimits {
  /**
   * Promises that are answered within one turn. The next ones wait for a later turn, so that a loop
   * of `await`s lets the rest of the system run.
   */
  readonly promisesPerTurn: number;
  /** Events that wait for one watcher; at the bound the newest is dropped. */
  readonly watcherEvents: number;
  /** Bytes that `readFile` returns at the most; beyond it ERR_FS_FILE_TOO_LARGE. */
  readonly readFileBytes: number;
}

export const FS_LIMITS: FsLimits = {
  promisesPerTurn: 64,
  watcherEvents: 2048,
  readFileBytes: 0x7fff_ffff,
};
