/** Recorded in QEMU, by QuickJS; replayed here, by V8: the whole commands. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import t from "tap";
import { prepareImages } from "./app-build.ts";
import { attachDevTools } from "../cli/devtools.ts";
import { ROOT, startCommand, type Command } from "./command.ts";

const skip = await prepareImages();
const folder = mkdtempSync(join(tmpdir(), "libos-record-"));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));
const SERVER = "tests/image/app-fixtures/recorded-server.ts";
const FILES = "tests/image/app-fixtures/files";

/** "" where the server ends instead of an answer. */
const curl = async (url: string): Promise<string> => {
  const run = promisify(execFile)("curl", ["-s", "-m", "60", url]);
  return run.then(
    ({ stdout }) => stdout,
    () => "",
  );
};

/** Starts the server under record; `get` asks it by curl for a path. */
async function startServer(name: string, ...words: string[]) {
  const file = join(folder, name);
  const command = startCommand(
    ...["run", "-t", "qemu", SERVER, "-v", `${FILES}:/data`, "--record", file, ...words],
  );
  t.teardown(() => command.child.kill("SIGKILL"));
  const [, url] = await command.until(/port 80 is at (http:\S+)/);
  return { command, file, get: (path: string) => curl(url + path) };
}

interface Replayed {
  readonly how: string;
  readonly inputs: number;
  readonly frames: number;
  readonly bytes: number;
  readonly checks: number;
  readonly exitCode: number;
}

async function replay(file: string): Promise<{ command: Command; result: Replayed }> {
  const command = startCommand("replay", file, "--json");
  await command.ended;
  const line = command.stdout().trim().split("\n").at(-1) ?? "";
  return { command, result: JSON.parse(line) as Replayed };
}

t.test("two engines do the same: every line of what could differ", { skip }, async (t) => {
  const file = join(folder, "engines.rec");
  const app = "tests/image/app-fixtures/engines.ts";
  const recorded = startCommand("run", "-t", "qemu", app, "--record", file);
  t.equal(await recorded.ended, 0);
  const { command, result } = await replay(file);
  t.equal(result.how, "complete");
  const said = command.stdout().trim().split("\n").slice(0, -1);
  t.ok(said.length > 150, "there was something to compare");
  t.same(said, recorded.stdout().trimEnd().split("\n"));
});

t.test("a server that curl asked replays to the same transmitted bytes", { skip }, async (t) => {
  const { command, file, get } = await startServer("server.rec");
  const answers = [await get("/a"), await get("/file"), await get("/late"), await get("/b")];
  t.match(answers, [/^1 \/a 0\.\d+ \d+/, readFileSync(join(ROOT, FILES, "hello.txt"), "utf8")]);
  command.child.kill("SIGINT");
  t.equal(await command.ended, 130);
  const { command: replayed, result } = await replay(file);
  t.match(result, { how: "complete", exitCode: 0 });
  t.ok(result.frames > 15 && result.checks > 0 && result.inputs > 20);
  t.match(replayed.stdout(), "ready");

  await t.test("cut short anywhere, it replays up to there", async (t) => {
    const bytes = readFileSync(file);
    for (const cut of [1, 40, 700]) {
      const path = join(folder, `cut-${cut}.rec`);
      writeFileSync(path, bytes.subarray(0, bytes.length - cut));
      t.match((await replay(path)).result.how, "cut");
    }
  });

  await t.test("what is damaged is refused or found out, in one line", async (t) => {
    const bytes = readFileSync(file);
    const path = join(folder, "damaged.rec");
    writeFileSync(path, bytes.subarray(0, 1000));
    const truncated = startCommand("replay", path);
    t.equal(await truncated.ended, 2);
    t.match(truncated.output(), /truncated or damaged\n$/);
    // In the last digest, which stands before the end's entry of three or four bytes.
    bytes[bytes.length - 6]! ^= 0x55;
    writeFileSync(path, bytes);
    t.equal((await replay(path)).result.how, "diverged");
  });
});

t.test(
  "an error that nobody caught is thrown again, in TypeScript's lines",
  { skip },
  async (t) => {
    const { command, file, get } = await startServer("throw.rec", "-M", "q35");
    await get("/a");
    await get("/throw");
    t.equal(await command.ended, 1);
    t.match(
      command.output(),
      /TypeError: request 2 is too much\s+at \S+ \(\S*recorded-server\.ts:12:/,
    );
    const replayed = startCommand("replay", file);
    t.equal(await replayed.ended, 1);
    t.match(replayed.output(), /TypeError: request 2 is too much\s+at .*recorded-server\.ts:12:/);
    const [, input = ""] = await replayed.until(/thrown in input \d+; .*--inspect --until (\d+)/);
    t.match(replayed.output(), /replayed to its end: .*the same bytes/);

    await t.test("DevTools stands before that input, with the TypeScript", async (t) => {
      const stopped = startCommand("replay", file, "--inspect", "0", "--until", input);
      t.teardown(() => stopped.child.kill("SIGKILL"));
      const [url] = await stopped.until(/ws:\/\/127\.0\.0\.1:\d+\/[\w-]+/);
      const devTools = await attachDevTools(url);
      for (const method of [
        "Runtime.enable",
        "Debugger.enable",
        "Runtime.runIfWaitingForDebugger",
      ]) {
        devTools.send(method);
      }
      await stopped.until(new RegExp(`stopped before input ${input}`));
      while (devTools.paused.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      t.match(devTools.paused, [{ functionName: "stopInDebugger" }]);
      t.match(devTools.maps.get("app.js"), "data:application/json;base64,");
      devTools.send("Debugger.resume");
      devTools.close();
      t.equal(await stopped.ended, 0);
    });
  },
);

t.test("ends of every kind are recorded up to the end", { skip }, async (t) => {
  for (const [path, code, how] of [
    ["/exit", 7, "complete"],
    ["/reject", 1, "complete"],
  ] as const) {
    const { command, file, get } = await startServer("end.rec");
    await get("/a");
    await get(path);
    t.equal(await command.ended, code);
    const { command: replayed, result } = await replay(file);
    t.match(result, { how, exitCode: code });
    t.equal(await replayed.ended, code);
  }
});

/** How the fixture ends, with which code, and what the replay says beside what the image said. */
const ENDINGS: readonly (readonly [end: string, code: number, says: RegExp])[] = [
  ["throw", 1, /Error: at the top level\n +at \S*ending\.ts:11:\S*\nlibos: thrown while/],
  ["throw-after-await", 1, /Error: behind an await\n +at .*ending\.ts:14:.*\n.* in input \d+/],
  ["reject", 1, /Error: rejected\n +at .*ending\.ts:16:/],
  ["exit", 3, /libos: .*replayed to its end/],
  ["throw-in-timer", 1, /Error: in a timer\n +at .*ending\.ts:23:/],
  ["fill", 1, /libos: the image ended in input 0; .* at \S*ending\.ts:\d+:\d+\n/],
  ["fill-in-timer", 1, /libos: the image ended in input \d+; .* at \S*ending\.ts:\d+:\d+\n/],
  ["loop", 1, /libos: the image ended in input \d+; .* at \S*ending\.ts:34:\d+\n/],
  ["heard", 0, /libos: .*replayed to its end/],
  ["heard-and-thrown", 1, /Error: thrown by who listens\n +at .*ending\.ts:47:/],
];

t.test("a replay ends as the image did", { skip }, async (t) => {
  const app = "tests/image/app-fixtures/ending.ts";
  for (const [end, code, says] of ENDINGS) {
    const file = join(folder, `${end}.rec`);
    const words = ["-e", `END=${end}`, ...(end === "loop" ? ["--watchdog", "100"] : [])];
    const recorded = startCommand("run", "-t", "qemu", app, ...words, "--record", file);
    t.equal(await recorded.ended, code, end);
    const replayed = startCommand("replay", file);
    t.equal(await replayed.ended, code, end);
    t.match(replayed.output(), says, end);
    t.match(replayed.output(), /replayed to its end/, end);
    t.ok(recorded.stdout().startsWith(replayed.stdout()), end);
    t.match(replayed.stdout(), /^begins\n/, end);
  }
});

t.test("a machine that is switched off leaves a recording up to then", { skip }, async (t) => {
  const { command, file, get } = await startServer("off.rec");
  await get("/a");
  const answer = await get("/b");
  command.child.kill("SIGKILL");
  await command.ended;
  t.ok(statSync(file).size > 0);
  const { result } = await replay(file);
  t.equal(result.how, "cut");
  t.ok(result.inputs > 10 && result.bytes > answer.length, "with the answers");
});
