/** Runs the command `libos` from source, as a user would from a shell. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../libos/cli/main.ts", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export class Running {
  stdout = "";
  stderr = "";
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(process: ChildProcess) {
    this.#process = process;
    process.stdout!.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    process.stderr!.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#ended = new Promise((resolve) => process.on("close", resolve));
  }

  /** Waits until `pattern` appears on either stream. @returns The match. */
  async until(pattern: RegExp, patienceMs = 120_000): Promise<RegExpExecArray> {
    const started = Date.now();
    for (;;) {
      const match = pattern.exec(this.stdout) ?? pattern.exec(this.stderr);
      if (match !== null) return match;
      if (Date.now() - started > patienceMs || this.#process.exitCode !== null) {
        const output = `${this.stdout}\n${this.stderr}`;
        throw new Error(`waited in vain for ${pattern}; the command said:\n${output}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#process.kill(name);
  }

  async finish(): Promise<Finished> {
    const code = await this.#ended;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Starts the command in `cwd`. */
export function start(cwd: string, ...values: string[]): Running {
  return new Running(spawn(process.execPath, [MAIN, ...values], { cwd, stdio: "pipe" }));
}

/** Runs the command to its end. */
export function run(cwd: string, ...values: string[]): Promise<Finished> {
  return start(cwd, ...values).finish();
}

/** Writes files below `folder`; names may have folders in them. */
export function write(folder: string, files: Readonly<Record<string, string>>): string {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return folder;
}

/** A server that says hello and counts, on port 80. */
export const COUNTER_APP = `
import { http } from "libos";
let count = 0;
http.createServer((request, response) => {
  count++;
  response.end(\`hello \${count} \${request.url} \${Math.random()} \${Date.now()}\\n\`);
}).listen(80);
`;
