/** The virtual file system: mounts, path walks, permissions and open files over any `FileSystem`. */
export { SUPERUSER, type Credentials } from "./credentials.ts";
export * as errno from "./errno.ts";
export * from "./file-system.ts";
export * from "./limits.ts";
export * as modes from "./modes.ts";
export type { AttributeOperations } from "./attribute-operations.ts";
export type { FileOperations } from "./file-operations.ts";
export type { NameOperations } from "./name-operations.ts";
export type { StreamFile } from "./open-files.ts";
export { exceedsBytes, PATH_BYTES_MAX, SYMLINK_MAX, utf8Length } from "./path.ts";
export { createVfs, type MountInfo, type Vfs } from "./vfs.ts";
