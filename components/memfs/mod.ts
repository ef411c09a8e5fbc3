/** A file system in memory, with bounds. */
export { MEMFS_LIMITS, type MemfsLimits } from "./limits.ts";
export { createMemfs } from "./memfs.ts";
