/** Files that a run writes as it goes: captures and recordings. */
import { closeSync, openSync, statSync, unlinkSync, writeSync } from "node:fs";
import { Failure } from "./failure.ts";

const HINTS: Readonly<Record<string, string>> = {
  ENOENT: "its folder does not exist",
  EISDIR: "it is a folder",
  EACCES: "that is not allowed",
  EROFS: "its disk is read-only",
  ENOTDIR: "a part of its path is no folder",
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

/** Looks whether `path` can be written, and leaves what is in it. @throws Failure with one line. */
export function checkWritable(path: string, flag: string): void {
  closeSync(openFile(path, "a", flag));
}

/**
 * Looks whether a file can come into the place of `path`, of which nothing is touched.
 *
 * @throws Failure with one line.
 */
export function checkReplaceable(path: string, flag: string): void {
  const draft = `${path}.${process.pid}.new`;
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
      throw new Failure(`${flag} ${path}: it is a folder; name a file in it`, 2);
    }
    closeSync(openSync(draft, "w"));
    unlinkSync(draft);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw cannotWrite(path, flag, error);
  }
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
