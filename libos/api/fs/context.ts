import type { FileStat, Vfs } from "../../../components/vfs/mod.ts";
import { errnoCode, systemError } from "../shared/errors.ts";
import type { FsLimits } from "./limits.ts";

/** What an `fs` needs of the system. */
export interface FsNeeds {
  readonly vfs: Vfs;
  /** Runs a callback in a later turn of the kernel, never before the running job has ended. */
  readonly defer: (callback: () => void) => void;
  /** Microseconds since the Unix epoch. */
  readonly wallUs: () => number;
  /** Fills an array with random bytes, for the names of `mkdtemp`. */
  readonly random: (target: Uint8Array) => void;
  /** Calls back once after a delay, for `watchFile`. @returns What cancels it. */
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
}

/** What the parts of one `fs` share. */
export interface FsContext extends FsNeeds {
  readonly limits: FsLimits;
  /** Reused by every look at a file; valid until the next. */
  readonly stat: FileStat;
}

/**
 * @param result What an operation of the VFS returned.
 * @returns `result`, when it is no error.
 * @throws SystemError with Node's message.
 */
export function check(result: number, syscall: string, path?: string, dest?: string): number {
  if (result < 0) throw systemError(errnoCode(result), syscall, path, dest);
  return result;
}
