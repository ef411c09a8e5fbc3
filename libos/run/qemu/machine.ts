/** A running QEMU: its console, its end, and asking the image to end. */
import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import { openConsolePipe } from "./console-pipe.ts";
import { explainPort } from "./forward-ports.ts";

const QEMU = "qemu-system-x86_64";
/** Ctrl-C, as a terminal sends it: the image ends in good order (`image/guest/boot.ts`). */
const INTERRUPT = "\x03";
/** What QEMU's own failures end with; isa-debug-exit never gives it. */
const QEMU_FAILED = 1;
/** Ends QEMU, and takes its folder away, when the process that holds its standard input is gone. */
const GUARD = 'cat >/dev/null; kill -9 "$1" 2>/dev/null; rm -rf "$2"';
const MAX_COMPLAINT_CHARACTERS = 4096;

/** How it ended. */
export type QemuEnd =
  | { readonly kind: "exit"; readonly code: number }
  /** A signal, or by `stop`. */
  | { readonly kind: "killed"; readonly signal: number }
  /** QEMU refused to start; what it said. */
  | { readonly kind: "failed"; readonly reason: string };

export interface QemuMachine {
  /** Asks the image to end, as Ctrl-C on its console. */
  interrupt(): void;
  /** Switches the machine off. */
  stop(): void;
  readonly ended: Promise<QemuEnd>;
}

/**
 * Starts QEMU. It ends with this process, however that ends.
 *
 * @param folder Taken away then; it holds what the machine was started with, and nothing else.
 * @param write Takes the console's output.
 */
export function startQemu(
  args: readonly string[],
  folder: string,
  write: (text: string) => void,
): QemuMachine {
  // In a process group of its own, a terminal's Ctrl-C does not reach QEMU, which would end at once.
  const console = openConsolePipe();
  const child = spawn(QEMU, args, {
    stdio: ["pipe", console.inputFd, "pipe"],
    detached: true,
  }) as ChildProcessByStdio<Writable, null, Readable>;
  console.closeInput();
  const stop = (): void => void child.kill("SIGKILL");
  process.once("exit", stop);
  const guard = child.pid === undefined ? undefined : startGuard(child.pid, folder);
  let complaint = "";
  const silent = once(console.output.setEncoding("utf8").on("data", write), "close");
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-MAX_COMPLAINT_CHARACTERS);
  });
  // A machine that is off already takes no input.
  child.stdin.on("error", () => {});
  const closed = new Promise<QemuEnd>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === "ENOENT"
          ? `${QEMU} is not installed; on Debian: apt-get install qemu-system-x86`
          : error.message;
      resolve({ kind: "failed", reason });
    });
    child.on("close", (status, signal) => {
      process.removeListener("exit", stop);
      guard?.kill("SIGKILL");
      if (signal !== null) resolve({ kind: "killed", signal: constants.signals[signal] });
      else if (status === QEMU_FAILED) resolve(fail(complaint));
      else resolve({ kind: "exit", code: exitCodeOf(status ?? 0) });
    });
  });
  const ended = closed.then(async (end) => {
    await silent;
    return end;
  });
  return { interrupt: () => void child.stdin.write(INTERRUPT), stop, ended };
}

/** A process that was killed can't end its own: this one waits for that. */
function startGuard(pid: number, folder: string): ChildProcess {
  const words = ["-c", GUARD, "libos-guard", String(pid), folder];
  const guard = spawn("/bin/sh", words, { stdio: ["pipe", "ignore", "ignore"], detached: true });
  guard.on("error", () => {});
  guard.unref();
  return guard;
}

/** isa-debug-exit makes `code * 2 + 1` of a code that is not 0. */
function exitCodeOf(status: number): number {
  return status === 0 ? 0 : (status - 1) / 2;
}

async function fail(complaint: string): Promise<QemuEnd> {
  return { kind: "failed", reason: await explain(complaint) };
}

/** QEMU's complaint as one line that says what to do, where we know that. */
async function explain(complaint: string): Promise<string> {
  const forward = /Could not set up host forwarding rule '(\w+):([\d.]+):(\d+)-/.exec(complaint);
  if (forward !== null) {
    const [, protocol, hostAddress = "", port] = forward;
    const hostPort = Number(port);
    return explainPort({ protocol: protocol === "udp" ? "udp" : "tcp", hostAddress, hostPort });
  }
  const line = complaint.trim().split("\n").at(-1) ?? "";
  return `QEMU failed: ${line.replace(/^qemu-system-\w+: /, "") || "it said nothing"}`;
}
