/** Reading images: as much of a file as one takes, however long the file is. */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { HEAD_BYTES, imageEnd } from "../image/mod.ts";
import { Failure, messageOf } from "./failure.ts";

/** What one call of the system reads; Linux takes less than 2 GiB. */
const READ_BYTES_MAX: number = 1 << 30;

export interface ImageFile {
  /** The file's first bytes; what an image takes of them is there. */
  readonly bytes: Uint8Array;
  /** The length of the whole file. */
  readonly fileBytes: number;
}

/** @throws Failure with one line: no regular file, one that may not be read, or no image. */
export function readImageFile(path: string): ImageFile {
  let descriptor: number | undefined;
  try {
    // A FIFO without a writer would be waited for.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) throw refusal(path, "it is a folder");
    if (!stat.isFile()) throw refusal(path, "it is no regular file");
    const end = imageEnd(readStart(descriptor, Math.min(HEAD_BYTES, stat.size)));
    if (end === undefined) throw refusal(path, "it is no image of libos");
    return {
      bytes: readStart(descriptor, Math.min(end, stat.size)),
      fileBytes: stat.size,
    };
  } catch (error) {
    throw error instanceof Failure ? error : refusal(path, reasonOf(error));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function refusal(path: string, reason: string): Failure {
  return new Failure(`${path}: ${reason}; give a file that libos image wrote`, 1);
}

function readStart(descriptor: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const count = readSync(descriptor, bytes, at, Math.min(length - at, READ_BYTES_MAX), at);
    if (count === 0) break;
    at += count;
  }
  return bytes.subarray(0, at);
}

/** @returns Why a file can't be read, in a few words. */
export function reasonOf(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  if (code === "ENOENT") return "no such file";
  if (code === "EISDIR") return "it is a folder";
  return code === "EACCES" ? "it may not be read" : messageOf(error);
}
