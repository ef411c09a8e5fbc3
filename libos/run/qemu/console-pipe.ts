/**
 * A pipe for the console of a machine. QEMU writes it byte by byte, and its 16550 drops what is not
 * taken after a few tries. Node's own pipes to a child are sockets, where each write of one byte
 * takes the room of hundreds: they are full after a few lines when this process is busy. A pipe of
 * the system holds 64 KiB of such bytes.
 */
import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface ConsolePipe {
  /** What comes out; it ends when no process has the other end any more. */
  readonly output: Socket;
  /** For `stdio` of `spawn`. */
  readonly inputFd: number;
  /** To be called once the child is there, or could not be started. */
  closeInput(): void;
}

/** @throws Error where the system has no named pipes. */
export function openConsolePipe(): ConsolePipe {
  const folder = mkdtempSync(join(tmpdir(), "libos-console-"));
  try {
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path], { env: { PATH: `${process.env["PATH"] ?? ""}:/usr/bin:/bin` } });
    const outputFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const inputFd = openSync(path, constants.O_WRONLY);
    return {
      output: new Socket({ fd: outputFd, readable: true, writable: false }),
      inputFd,
      closeInput: () => closeSync(inputFd),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
