/** Runs a program and hands over its output line by line while it runs. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** How a program ended. */
export interface CommandEnd {
  readonly ok: boolean;
  /** In words: `exit code 1`, `signal SIGKILL`, or why it could not be started. */
  readonly how: string;
}

/**
 * Runs a program in the repository's root, with the tools of node_modules/.bin first.
 *
 * @param command The program and its arguments.
 * @param onLine Called with each line of standard output, without its line end.
 * @param options `mergeStderr` hands the lines of standard error to `onLine` too; otherwise they go
 *   to the terminal.
 */
export async function runCommand(
  command: readonly string[],
  onLine: (line: string) => void,
  options: { readonly mergeStderr?: boolean } = {},
): Promise<CommandEnd> {
  const [program = "", ...parameters] = command;
  const path = `${ROOT}node_modules/.bin${delimiter}${process.env["PATH"] ?? ""}`;
  const child = spawn(program, parameters, {
    cwd: ROOT,
    env: { ...process.env, PATH: path, DENO_NO_UPDATE_CHECK: "1" },
    stdio: ["ignore", "pipe", options.mergeStderr === true ? "pipe" : "inherit"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", onLine);
  }
  return await new Promise<CommandEnd>((resolve) => {
    child.on("error", (error) => resolve({ ok: false, how: error.message }));
    child.on("close", (code, signal) =>
      resolve({ ok: code === 0, how: signal === null ? `exit code ${code}` : `signal ${signal}` }),
    );
  });
}
