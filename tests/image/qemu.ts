/** Boots the kernel in QEMU, always by emulation, and always for a bounded time. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { encodePayload } from "../../bare-metal/payload.ts";
import { openConsolePipe } from "../../libos/run/qemu/console-pipe.ts";

/** How an image is booted. */
export interface Boot {
  /** Absent: the machine's firmware boots what `extra` brings. */
  readonly kernel?: string;
  /** JavaScript, which is packed into a payload; or a payload as it is; absent: none. */
  readonly payload?: string | Uint8Array;
  readonly machine?: "pc" | "q35" | "microvm";
  readonly memoryMib?: number;
  readonly cpu?: string;
  readonly commandLine?: string;
  readonly extra?: readonly string[];
  /** A command that runs the command behind it, in a network namespace for one. */
  readonly within?: readonly string[];
  /** What is typed when the output shows `>`. */
  readonly input?: string;
  /** QEMU is killed when the output has it, for what would not end by itself. */
  readonly until?: string;
  /** When QEMU is killed; by default so late that only a machine that hangs is. */
  readonly timeoutMs?: number;
}

/** How it ended. */
export interface Outcome {
  readonly output: string;
  /** The application's exit code; undefined when QEMU was killed. */
  readonly exitCode: number | undefined;
  /** CPU time of QEMU at its last look, which is taken four times a second. */
  readonly cpuMs: number;
}

/** Boots take less than a second, and on a machine with much else to do, many times that. */
const PATIENCE_MS = 120_000;
/** Clock ticks of `/proc` are hundredths of a second on every Linux that we know. */
const MS_PER_TICK = 10;

/** @returns User and system time of a process so far. */
function cpuMsOf(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
  } catch {
    return 0;
  }
}

/** isa-debug-exit makes `code * 2 + 1` of a code that is not 0. */
function exitCodeOf(status: number | null): number | undefined {
  if (status === null) return undefined;
  return status === 0 ? 0 : (status - 1) / 2;
}

function argumentsFor(boot: Boot, payload: string | undefined): string[] {
  return [
    ...["-accel", "tcg", "-M", boot.machine ?? "microvm", "-cpu", boot.cpu ?? "max"],
    ...["-m", String(boot.memoryMib ?? 32), "-nodefaults", "-display", "none", "-no-reboot"],
    ...["-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"],
    ...(boot.kernel === undefined
      ? []
      : ["-kernel", boot.kernel, "-append", boot.commandLine ?? ""]),
    ...(payload === undefined ? [] : ["-initrd", payload]),
    ...(boot.extra ?? []),
  ];
}

/** Boots, and waits for the end. */
export async function boot(options: Boot): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), "libos-image-"));
  try {
    const payload = options.payload === undefined ? undefined : join(folder, "payload");
    if (payload !== undefined) writeFileSync(payload, bytesOf(options.payload!));
    return await run(options, argumentsFor(options, payload));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function bytesOf(payload: string | Uint8Array): Uint8Array {
  return typeof payload === "string" ? encodePayload(new TextEncoder().encode(payload)) : payload;
}

function run(options: Boot, args: readonly string[]): Promise<Outcome> {
  const console = openConsolePipe();
  const [program, ...before] = [...(options.within ?? []), "qemu-system-x86_64"];
  const child = spawn(program!, [...before, ...args], {
    stdio: ["pipe", console.inputFd, "pipe"],
  }) as ChildProcessByStdio<Writable, null, Readable>;
  console.closeInput();
  const silent = once(console.output, "close");
  let output = "";
  let isTyped = false;
  for (const stream of [console.output, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output += text;
      if (options.until !== undefined && output.includes(options.until)) child.kill("SIGKILL");
      if (options.input === undefined || isTyped || !output.includes(">")) return;
      isTyped = true;
      child.stdin.write(options.input);
    });
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? PATIENCE_MS);
    let cpuMs = 0;
    const looks = setInterval(() => (cpuMs = Math.max(cpuMs, cpuMsOf(child.pid))), 250);
    child.on("error", reject);
    child.on("close", (status) => {
      clearTimeout(timer);
      clearInterval(looks);
      void silent.then(() => resolve({ output, exitCode: exitCodeOf(status), cpuMs }));
    });
  });
}
