/** Files that a command writes: images and source maps at once, captures and recordings as it goes. */
import {
  closeSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
  writeSync,
  type Stats,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Failure, messageOf } from "./failure.ts";

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  EISDIR: "it is a folder",
  EACCES: "that is not allowed",
  EROFS: "its disk is read-only",
  ENOTDIR: "a part of its path is no folder",
  ELOOP: "its links lead in a circle",
};

export interface OutputFile {
  write(bytes: Uint8Array): void;
  /** Idempotent. */
  close(): void;
}

/** Makes `path` anew. @throws Failure with one line when that can't be done. */
export function createOutputFile(path: string, flag: string): OutputFile {
  const descriptor = openFile(path, "w", flag);
  let isOpen = true;
  return {
    write(bytes) {
      let at = 0;
      while (isOpen && at < bytes.length) {
        try {
          at += writeSync(descriptor, bytes, at);
        } catch (error) {
          // The run is worth more than its record: it goes on, and the user is told once.
          isOpen = false;
          const { code } = error as NodeJS.ErrnoException;
          process.stderr.write(`libos: ${flag} ${path}: ${code}; it ends here, the app goes on\n`);
        }
      }
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(descriptor);
    },
  };
}

/** What may be written to beside regular files: `stream` is what takes bytes one behind the other. */
export type TargetKind = "file" | "stream";

/**
 * Looks whether `path` may be written, and leaves what is in it. Links are followed.
 *
 * @param inputs What the command reads; it is never written over.
 * @param kind With `stream`, a FIFO (for Wireshark) or a character device (/dev/null) will do as well.
 * @throws Failure with one line.
 */
export function checkOutput(
  path: string,
  flag: string,
  inputs: readonly string[],
  kind: TargetKind = "file",
): void {
  const stat = refuseTarget(path, flag, inputs, kind);
  // To open a FIFO is to wait for its reader, who would take the end of that for the end of all.
  if (stat === undefined || stat.isFile()) closeSync(openFile(path, "a", flag));
}

/**
 * Looks whether a file can come into the place of `path`, of which nothing is touched.
 *
 * @param inputs What the command reads; it is never replaced.
 * @returns The path itself: where `path` is a link, what it leads to.
 * @throws Failure with one line.
 */
export function checkReplaceable(path: string, flag: string, inputs: readonly string[]): string {
  refuseTarget(path, flag, inputs, "file");
  try {
    const target = followLinks(path);
    const draft = draftOf(target);
    closeSync(openSync(draft, "w"));
    unlinkSync(draft);
    return target;
  } catch (error) {
    throw cannotWrite(path, flag, error);
  }
}

/**
 * Puts a file in the place of `target`: what was there before stays whole until the new file is.
 *
 * @param target What `checkReplaceable` returned.
 * @throws Failure with one line.
 */
export function replaceFile(target: string, bytes: Uint8Array): void {
  const draft = draftOf(target);
  try {
    writeFileSync(draft, bytes);
    renameSync(draft, target);
  } catch (error) {
    throw new Failure(`${target}: ${messageOf(error)}`, 1);
  }
}

function draftOf(target: string): string {
  return `${target}.${process.pid}.new`;
}

/** Where links lead to, also where nothing is there yet. */
function followLinks(path: string): string {
  let at = resolve(path);
  // A circle of links has been refused: `stat` found it.
  while (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true) {
    at = resolve(realpathSync(dirname(at)), readlinkSync(at));
  }
  return join(realpathSync(dirname(at)), basename(at));
}

/** @returns What is there; undefined: nothing. @throws Failure where it must stay as it is. */
function refuseTarget(
  path: string,
  flag: string,
  inputs: readonly string[],
  kind: TargetKind,
): Stats | undefined {
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw cannotWrite(path, flag, error);
  }
  if (stat === undefined) return undefined;
  const { dev, ino } = stat;
  const input = inputs.find((each) => {
    const other = statSync(each, { throwIfNoEntry: false });
    return other?.dev === dev && other.ino === ino;
  });
  if (input !== undefined) {
    const what = `it is ${basename(input)}, which the command needs`;
    throw new Failure(`${flag} ${path}: ${what}; name another file`, 2);
  }
  if (stat.isDirectory()) {
    throw new Failure(`${flag} ${path}: it is a folder; name a file in it`, 2);
  }
  const isStream = stat.isFIFO() || stat.isCharacterDevice();
  if (!stat.isFile() && !(kind === "stream" && isStream)) {
    throw new Failure(`${flag} ${path}: it is no regular file; name another one`, 2);
  }
  return stat;
}

function cannotWrite(path: string, flag: string, error: unknown): Failure {
  const { code } = error as NodeJS.ErrnoException;
  const hint = HINTS[code ?? ""] ?? String(code);
  return new Failure(`${flag} ${path}: it can't be written: ${hint}`, 2);
}

function openFile(path: string, mode: "w" | "a", flag: string): number {
  try {
    return openSync(path, mode);
  } catch (error) {
    throw cannotWrite(path, flag, error);
  }
}
