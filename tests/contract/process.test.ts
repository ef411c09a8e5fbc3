/** What only a process of its own shows of an adapter: when it ends, signals, exit codes, streams. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import t from "tap";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const LIMIT_MS = 120_000;

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
  readonly diagnostics: string;
}

interface Runtime {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const RUNTIMES: readonly Runtime[] = [
  { name: "node", command: process.execPath, args: [] },
  {
    name: "deno",
    command: `${repository}/node_modules/.bin/deno`,
    args: ["run", "--no-check", "--allow-all"],
  },
];

/** Runs the program in a mode; `act` sees each piece of its output. */
function run(
  runtime: Runtime,
  mode: string,
  act: (child: ChildProcess, output: string) => void = () => {},
): Promise<Ended> {
  const args = [...runtime.args, "tests/contract/process-program.ts", mode];
  const child = spawn(runtime.command, args, { cwd: repository });
  const timeout = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  let output = "";
  let diagnostics = "";
  child.stdin.on("error", () => {});
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    act(child, output);
  });
  child.stderr.on("data", (chunk: Buffer) => (diagnostics += chunk.toString()));
  return new Promise((resolve) => {
    child.on("close", (exitCode) => {
      clearTimeout(timeout);
      resolve({ exitCode, output, diagnostics });
    });
  });
}

for (const runtime of RUNTIMES) {
  const { name } = runtime;

  t.test(`${name}: a process ends when nothing but an alarm is left`, async (t) => {
    t.match(await run(runtime, "ends-by-itself"), { exitCode: 0, output: "done\n" });
  });

  t.test(`${name}: what is due at once runs before the process ends`, async (t) => {
    t.match(await run(runtime, "ends-after-work"), { exitCode: 0, output: "worked\n" });
  });

  t.test(`${name}: a process lives while it is held`, async (t) => {
    t.match(await run(runtime, "held-for-50-ms"), { exitCode: 0, output: "held\n" });
  });

  t.test(`${name}: off writes everything, then exits with its code`, async (t) => {
    const { exitCode, output, diagnostics } = await run(runtime, "off-with-output");
    t.equal(exitCode, 7);
    t.equal(output.split("\n").length, 20_001);
    t.ok(output.endsWith("line 19999\n"));
    t.equal(diagnostics, "diagnostics\n");
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    t.test(`${name}: ${signal} is a request to end`, async (t) => {
      const ended = await run(runtime, "ends-on-request", (child, output) => {
        if (output === "ready\n") child.kill(signal);
      });
      t.match(ended, { exitCode: 3, output: "ready\nasked\n" });
    });
  }

  t.test(`${name}: a second Ctrl-C ends at once`, async (t) => {
    const ended = await run(runtime, "ignores-requests", (child) => child.kill("SIGINT"));
    t.match(ended, { exitCode: 130, output: "ready\nasked\n" });
  });

  t.test(`${name}: all input arrives, and its end`, async (t) => {
    const args = [...runtime.args, "tests/contract/process-program.ts", "counts-input"];
    const child = spawn(runtime.command, args, { cwd: repository });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.stdin.end(Buffer.alloc(1_000_000, "x"));
    const exitCode = await new Promise((resolve) => child.on("close", resolve));
    t.equal(output, "1000000 bytes\n");
    t.equal(exitCode, 0);
  });

  t.test(`${name}: a reader that is gone is no error`, async (t) => {
    const ended = await run(runtime, "writes-for-ever", (child) => child.stdout!.destroy());
    t.match(ended, { exitCode: 5, diagnostics: "" });
  });
}
