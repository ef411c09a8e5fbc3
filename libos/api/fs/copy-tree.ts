import { createFileStat, type FileStat } from "../../../components/vfs/mod.ts";
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "../../../components/vfs/modes.ts";
import { codedError, ERRNO, validateBoolean, validateFunction } from "../shared/errors.ts";
import { toOptions, validateModeBits } from "./arguments.ts";
import { constants } from "./constants.ts";
import { check, type FsContext } from "./context.ts";
import { joinPath, parentPath, resolvePath, toPath } from "./paths.ts";
import {
  CopyFailure,
  DIRECTORY_ONTO_OTHER,
  EXISTS,
  INVALID,
  IS_DIRECTORY,
  OTHER_ONTO_DIRECTORY,
  SAME,
  UNKNOWN,
} from "./copy-failure.ts";
import type { SyncContent } from "./sync-content.ts";
import type { SyncNames } from "./sync-names.ts";

interface CopyOptions {
  dereference: boolean;
  errorOnExist: boolean;
  filter?: (from: string, to: string) => unknown;
  force: boolean;
  mode: number;
  preserveTimestamps: boolean;
  recursive: boolean;
  verbatimSymlinks: boolean;
}

const DEFAULTS: CopyOptions = {
  dereference: false,
  errorOnExist: false,
  force: true,
  mode: 0,
  preserveTimestamps: false,
  recursive: false,
  verbatimSymlinks: false,
};

/** Copies a file, a link, or with `recursive` a directory with all that is in it. */
export interface CopyTree {
  cpSync(from: unknown, to: unknown, options?: unknown): void;
  /** The same, with a filter that may answer with a promise. */
  cp(from: unknown, to: unknown, options?: unknown): Promise<void>;
}

/** A copy under way: it yields each answer of the filter, and goes on with the accepted ones. */
type Copying = Generator<unknown, void, boolean>;

export function createCopyTree(
  context: FsContext,
  names: SyncNames,
  content: SyncContent,
): CopyTree {
  const { vfs } = context;

  /** @returns What is at `path`, or undefined when there is nothing. */
  function look(path: string, follow: boolean): FileStat | undefined {
    const stat = createFileStat();
    const result = follow ? vfs.stat(path, stat) : vfs.lstat(path, stat);
    if (result === -ERRNO["ENOENT"]!) return undefined;
    check(result, follow ? "stat" : "lstat", path);
    return stat;
  }

  function existing(path: string, follow: boolean): FileStat {
    const stat = look(path, follow);
    if (stat === undefined) check(-ERRNO["ENOENT"]!, follow ? "stat" : "lstat", path);
    return stat!;
  }

  /** Refuses what can't be copied: onto itself, into itself, or onto something of another kind. */
  function checkPaths(from: string, to: string, source: FileStat, target?: FileStat): void {
    const sourceIsDirectory = typeOf(source) === S_IFDIR;
    if (target !== undefined) {
      if (isSame(source, target))
        throw new CopyFailure(SAME, "src and dest cannot be the same", to);
      const targetIsDirectory = typeOf(target) === S_IFDIR;
      if (sourceIsDirectory && !targetIsDirectory) {
        const text = `cannot overwrite non-directory ${to} with directory ${from}`;
        throw new CopyFailure(DIRECTORY_ONTO_OTHER, text, to);
      }
      if (!sourceIsDirectory && targetIsDirectory) {
        const text = `cannot overwrite directory ${to} with non-directory ${from}`;
        throw new CopyFailure(OTHER_ONTO_DIRECTORY, text, to);
      }
    }
    if (sourceIsDirectory && liesIn(to, source)) {
      throw new CopyFailure(INVALID, `cannot copy ${from} to a subdirectory of self ${to}`, to);
    }
  }

  /** @returns True when a directory above `path` is `ancestor`. */
  function liesIn(path: string, ancestor: FileStat): boolean {
    for (let at = parentPath(path); ; at = parentPath(at)) {
      const stat = look(at, true);
      if (stat !== undefined && isSame(stat, ancestor)) return true;
      if (at === "/" || at === ".") return false;
    }
  }

  function copyFile(from: string, to: string, source: FileStat, options: CopyOptions): void {
    if (look(to, false) !== undefined) {
      if (!options.force) {
        if (options.errorOnExist) throw new CopyFailure(EXISTS, `${to} already exists`, to);
        return;
      }
      check(vfs.unlink(to), "unlink", to);
    }
    content.copyFileSync(from, to, options.mode & ~constants.COPYFILE_EXCL);
    if (options.preserveTimestamps) {
      check(vfs.utimes(to, source.accessedUs, source.modifiedUs, true), "utime", to);
    }
  }

  function* copyDirectory(
    from: string,
    to: string,
    source: FileStat,
    target: FileStat | undefined,
    options: CopyOptions,
  ): Copying {
    if (!options.recursive) {
      throw new CopyFailure(IS_DIRECTORY, `${from} is a directory (not copied)`, from);
    }
    // The copy is writable while it is filled; its own permissions come last.
    if (target === undefined) check(vfs.mkdir(to, 0o777), "mkdir", to);
    for (const { name } of names.entriesOf(from, "opendir")) {
      yield* copy(joinPath(from, name), joinPath(to, name), options);
    }
    if (target === undefined) check(vfs.chmod(to, source.mode & 0o7777), "chmod", to);
  }

  function copyLink(from: string, to: string, options: CopyOptions): void {
    let link = names.readlinkSync(from) as string;
    if (!options.verbatimSymlinks && !link.startsWith("/")) {
      link = resolvePath(absolute(parentPath(from)), link);
    }
    const target = look(to, false);
    if (target !== undefined && typeOf(target) === S_IFLNK) {
      const pointed = look(link, true);
      if (pointed !== undefined && typeOf(pointed) === S_IFDIR && liesIn(to, pointed)) {
        throw new CopyFailure(INVALID, `cannot copy ${link} to a subdirectory of self ${to}`, to);
      }
    }
    if (target !== undefined) check(vfs.unlink(to), "unlink", to);
    names.symlinkSync(link, to);
  }

  function absolute(path: string): string {
    return path.startsWith("/") ? path : joinPath(vfs.cwd(), path);
  }

  function* copy(from: string, to: string, options: CopyOptions): Copying {
    if (options.filter !== undefined && !(yield options.filter(from, to))) return;
    const source = existing(from, options.dereference);
    const target = look(to, options.dereference);
    checkPaths(from, to, source, target);
    const type = typeOf(source);
    if (type === S_IFDIR) yield* copyDirectory(from, to, source, target, options);
    else if (type === S_IFREG) copyFile(from, to, source, options);
    else if (type === S_IFLNK) copyLink(from, to, options);
    else throw new CopyFailure(UNKNOWN, `cannot copy an unknown file type: ${to}`, to);
  }

  function begin(from: unknown, to: unknown, given: unknown): Copying {
    const options = validated(given);
    const source = toPath(from, "src");
    const target = toPath(to, "dest");
    existing(source, options.dereference);
    names.mkdirSync(parentPath(target), { recursive: true });
    return copy(source, target, options);
  }

  return {
    cpSync(from, to, options) {
      try {
        const copying = begin(from, to, options);
        let step = copying.next();
        while (step.done !== true) step = copying.next(isAccepted(step.value));
      } catch (error) {
        throw error instanceof CopyFailure ? error.plain() : error;
      }
    },
    async cp(from, to, options) {
      try {
        const copying = begin(from, to, options);
        let step = copying.next();
        while (step.done !== true) step = copying.next(Boolean(await step.value));
      } catch (error) {
        throw error instanceof CopyFailure ? error.described() : error;
      }
    },
  };
}

function validated(given: unknown): CopyOptions {
  const options = toOptions<CopyOptions>(given, DEFAULTS);
  for (const name of [
    "dereference",
    "errorOnExist",
    "force",
    "preserveTimestamps",
    "recursive",
    "verbatimSymlinks",
  ] as const) {
    validateBoolean(options[name], `options.${name}`);
  }
  validateModeBits(options.mode);
  if (options.filter !== undefined) validateFunction(options.filter, "options.filter");
  if (options.dereference && options.verbatimSymlinks) {
    const text =
      'Option "dereference" cannot be used in combination with option "verbatimSymlinks"';
    throw codedError("ERR_INCOMPATIBLE_OPTION_PAIR", text, TypeError);
  }
  return options;
}

/** Only the asynchronous forms take a filter that answers with a promise. */
function isAccepted(answer: unknown): boolean {
  if (answer !== null && typeof answer === "object" && "then" in answer) {
    const text =
      'Expected boolean to be returned from the "filter" function but got an instance of Promise.';
    throw codedError("ERR_INVALID_RETURN_VALUE", text, TypeError);
  }
  return Boolean(answer);
}

function typeOf(stat: FileStat): number {
  return stat.mode & S_IFMT;
}

function isSame(a: FileStat, b: FileStat): boolean {
  return a.device === b.device && a.inode === b.inode;
}
