/** A folder of the host as a file system. */
export { SHARE_FS_LIMITS, type ShareFsLimits } from "./limits.ts";
export { createShareFs } from "./share-fs.ts";
