/** Files that a run writes as it goes: captures and recordings. */
import { closeSync, openSync, writeSync } from "node:fs";
import { Failure } from "./failure.ts";

export interface OutputFile {
  write(bytes: Uint8Array): void;
  /** Idempotent. */
  close(): void;
}

/** Makes `path` anew. @throws Failure with one line when that can't be done. */
export function createOutputFile(path: string, flag: string): OutputFile {
  let descriptor: number;
  try {
    descriptor = openSync(path, "w");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const hint = code === "ENOENT" ? "its folder does not exist" : String(code);
    throw new Failure(`${flag} ${path}: it can't be written: ${hint}`, 2);
  }
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
