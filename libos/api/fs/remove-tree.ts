import { S_IFDIR, S_IFMT } from "../../../components/vfs/modes.ts";
import {
  describedError,
  ERRNO,
  validateBoolean,
  validateInt32,
  validateUint32,
} from "../shared/errors.ts";
import { toOptions } from "./arguments.ts";
import { check, type FsContext } from "./context.ts";
import { joinPath, toPath } from "./paths.ts";
import type { SyncNames } from "./sync-names.ts";

interface RmOptions {
  recursive?: boolean;
  force?: boolean;
  maxRetries?: number;
  retryDelay?: number;
}

/** `rmSync`: removes a file, and with `recursive` a directory with all that is in it. */
export function createRemoveTree(
  context: FsContext,
  names: SyncNames,
): (path: unknown, options?: unknown) => void {
  const { vfs, stat } = context;

  function removeAll(path: string): void {
    for (const { name, type } of names.entriesOf(path, "scandir")) {
      const below = joinPath(path, name);
      if (type === S_IFDIR) removeAll(below);
      else check(vfs.unlink(below), "unlink", below);
    }
    check(vfs.rmdir(path), "rmdir", path);
  }

  return (path, options) => {
    const name = toPath(path);
    const { recursive, force } = validated(toOptions<RmOptions>(options, {}));
    const failure = vfs.lstat(name, stat);
    const isMissing = failure === -ERRNO["ENOENT"]! || failure === -ERRNO["ENOTDIR"]!;
    if (isMissing && force) return;
    check(failure, "lstat", name);
    if ((stat.mode & S_IFMT) !== S_IFDIR) check(vfs.unlink(name), "unlink", name);
    else if (recursive) removeAll(name);
    else throw isDirectoryError(name);
  };
}

/** Retries are for files that another process holds, which cannot happen here; they are accepted. */
function validated(options: RmOptions): { recursive: boolean; force: boolean } {
  const { recursive = false, force = false, maxRetries = 0, retryDelay = 100 } = options;
  validateBoolean(recursive, "options.recursive");
  validateBoolean(force, "options.force");
  validateInt32(retryDelay, "options.retryDelay", 0);
  validateUint32(maxRetries, "options.maxRetries");
  return { recursive, force };
}

function isDirectoryError(path: string): Error {
  return describedError(
    "ERR_FS_EISDIR",
    "Path is a directory",
    "rm",
    "EISDIR",
    "is a directory",
    path,
  );
}
