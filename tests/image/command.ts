/** Runs the command `libos` as a user would, beside QEMU. */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));
/** Only a command that hangs is given up, however much else the machine has to do. */
const PATIENCE_MS = 120_000;

export interface Command {
  readonly child: ChildProcess;
  /** Standard output and diagnostics, line by line as they came; what is no line yet comes last. */
  output(): string;
  stdout(): string;
  /** Waits until the output matches; fails, with the output, when the command has ended without. */
  until(pattern: RegExp): Promise<RegExpExecArray>;
  readonly ended: Promise<number | null>;
}

/** Starts `libos` with these words, in the repository. */
export function startCommand(...words: string[]): Command {
  return startCommandIn({}, ...words);
}

/** The same, with other variables of the environment. */
export function startCommandIn(
  variables: Readonly<Record<string, string>>,
  ...words: string[]
): Command {
  const child = spawn(process.execPath, [`${ROOT}libos/cli/main.ts`, ...words], {
    cwd: ROOT,
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [lines, stdout] = ["", ""];
  // Both come in pieces, and a piece of one may come in the middle of a line of the other.
  const begun = { stdout: "", stderr: "" };
  const take = (stream: keyof typeof begun, text: string): void => {
    begun[stream] += text;
    const end = begun[stream].lastIndexOf("\n") + 1;
    lines += begun[stream].slice(0, end);
    begun[stream] = begun[stream].slice(end);
  };
  const output = (): string => lines + begun.stdout + begun.stderr;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    take("stdout", text);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => take("stderr", text));
  let hasEnded = false;
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  void ended.then(() => {
    hasEnded = true;
  });
  return {
    child,
    output,
    stdout: () => stdout,
    async until(pattern) {
      const endMs = Date.now() + PATIENCE_MS;
      for (;;) {
        const match = pattern.exec(output());
        if (match !== null) return match;
        if (hasEnded || Date.now() > endMs) throw new Error(`waited for ${pattern}:\n${output()}`);
        await new Promise((resolve) => void setTimeout(resolve, 20));
      }
    },
    ended,
  };
}
