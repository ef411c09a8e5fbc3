import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import t from "tap";
import { COUNTER_APP, run, start, write, type Running } from "./harness.ts";

async function serve(app: Running, requests: number): Promise<string[]> {
  const [, port] = await app.until(/port 80 is at http:\/\/127\.0\.0\.1:(\d+)/);
  const answers: string[] = [];
  for (let index = 0; index < requests; index++) {
    answers.push(await (await fetch(`http://127.0.0.1:${port}/${index}`)).text());
  }
  return answers;
}

t.test("a recorded server replays offline to the same transmitted bytes", async (t) => {
  const dir = write(t.testdir(), { "app.ts": COUNTER_APP });
  const app = start(dir, "run", "app.ts", "-p", "0:80", "--record", "run.rec");
  await serve(app, 20);
  app.signal("SIGINT");
  await app.finish();
  const replayed = await run(dir, "replay", "run.rec", "--json");
  t.equal(replayed.code, 0, replayed.stderr);
  const result = JSON.parse(replayed.stdout) as { how: string; frames: number; checks: number };
  t.equal(result.how, "complete");
  t.ok(result.frames > 20 && result.checks > 0);

  await t.test("a changed application is found out", async (t) => {
    write(dir, { "changed.ts": COUNTER_APP.replace("hello", "hallo") });
    const changed = await run(dir, "replay", "run.rec", "--entry", join(dir, "changed.ts"));
    t.equal(changed.code, 1);
    t.match(changed.stderr, /the replay differs from the recording: input \d+/);
  });

  await t.test("it stops where it is told to", async (t) => {
    const byInput = await run(dir, "replay", "run.rec", "--until", "12", "--json");
    t.match(JSON.parse(byInput.stdout), { how: "stopped", inputs: 11 });
    const byTime = await run(dir, "replay", "run.rec", "--until", "1us", "--json");
    t.match(JSON.parse(byTime.stdout), { how: "stopped" });
    t.equal((await run(dir, "replay", "run.rec", "--until", "soon")).code, 2);
  });

  await t.test("it traces with the recorded time", async (t) => {
    const traced = await run(dir, "replay", "run.rec", "--trace", "tcp.state");
    t.match(traced.stderr, /^ +\d+\.\d{6} tcp\.state .*ESTABLISHED/m);
  });
});

t.test("a recording cut short by a crash replays up to the crash", async (t) => {
  const dir = write(t.testdir(), { "app.ts": COUNTER_APP });
  const app = start(dir, "run", "app.ts", "-p", "0:80", "--record", "crash.rec");
  await serve(app, 50);
  app.signal("SIGKILL");
  await app.finish();
  const bytes = readFileSync(join(dir, "crash.rec"));
  writeFileSync(join(dir, "crash.rec"), bytes.subarray(0, bytes.length - 7));
  const replayed = await run(dir, "replay", "crash.rec", "--json");
  t.equal(replayed.code, 0, replayed.stderr);
  t.match(JSON.parse(replayed.stdout), { how: "cut" });
});

t.test(
  "an uncaught error is recorded up to the throw, and thrown again by the replay",
  async (t) => {
    const source = `${COUNTER_APP}\nsetTimeout(() => { throw new Error("late"); }, 150);`;
    const dir = write(t.testdir(), { "app.ts": source });
    const { code } = await run(dir, "run", "app.ts", "--record", "late.rec");
    t.equal(code, 1);
    const replayed = await run(dir, "replay", "late.rec");
    t.equal(replayed.code, 1);
    t.match(replayed.stderr, /app\.ts:9:\d+: Error: late/);
    t.match(replayed.stderr, /replayed to its end: .*the same bytes/);
  },
);

t.test("an application that ends the process is replayed to that end", async (t) => {
  const source = (code: number): string =>
    `${COUNTER_APP}\nsetTimeout(() => process.exit(${code}), 150);`;
  const dir = write(t.testdir(), { "app.ts": source(7) });
  t.equal((await run(dir, "run", "app.ts", "--record", "exit.rec")).code, 7);
  const replayed = await run(dir, "replay", "exit.rec");
  t.equal(replayed.code, 7, replayed.stderr);
  t.match(replayed.stderr, /replayed to its end: .*the same bytes/);
  write(dir, { "app.ts": source(0) });
  const changed = await run(dir, "replay", "exit.rec");
  t.equal(changed.code, 1);
  t.match(changed.stderr, /the exit code is 0, and 7 was recorded/);
});

t.test("files of a volume, timers, promises and late imports replay too", async (t) => {
  const dir = write(t.testdir(), {
    "files/a.txt": "content",
    "late.ts": "export const late = Date.now();",
    "app.ts": `
      import { fs, net } from "libos";
      import { randomUUID } from "node:crypto";
      import { setTimeout as sleep } from "node:timers/promises";
      const text = await fs.promises.readFile("/files/a.txt", "utf8");
      await sleep(5);
      const { late } = await import("./late.ts");
      const server = net.createServer((socket) => socket.end(text + late + randomUUID()));
      server.listen(7, () => {
        let received = "";
        net.connect(7, "10.0.2.15")
          .on("data", (data) => (received += data))
          .on("end", () => { console.log(received, performance.now()); server.close(); });
      });
    `,
  });
  const recorded = await run(dir, "run", "app.ts", "-v", "files:/files", "--record", "r.rec");
  t.equal(recorded.code, 0, recorded.stderr);
  write(dir, { "files/a.txt": "something else" });
  const replayed = await run(dir, "replay", "r.rec");
  t.equal(replayed.code, 0, replayed.stderr);
  t.equal(replayed.stdout, recorded.stdout);
});

const hasTshark = spawnSync("tshark", ["--version"]).error === undefined;
const skip = hasTshark ? false : "tshark is not installed: apt-get install tshark";

t.test("tshark reads a capture without complaint", { skip }, async (t) => {
  const dir = write(t.testdir(), { "app.ts": COUNTER_APP });
  const app = start(dir, "run", "app.ts", "-p", "0:80", "--pcap", "run.pcap");
  await serve(app, 5);
  app.signal("SIGINT");
  await app.finish();
  const tshark = (...values: string[]): string =>
    spawnSync("tshark", ["-r", "run.pcap", ...values], { cwd: dir, encoding: "utf8" }).stdout;
  const uris = tshark("-T", "fields", "-e", "http.request.uri", "-Y", "http.request");
  t.same(uris.trim().split("\n"), ["/0", "/1", "/2", "/3", "/4"]);
  const validating = ["-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"];
  t.equal(tshark(...validating, "-Y", "tcp.checksum.status == 0 || ip.checksum.status == 0"), "");
  t.not(tshark(...validating, "-Y", "tcp.checksum.status == 1"), "", "they were looked at");
  t.equal(tshark("-Y", "_ws.malformed"), "");
  t.equal(tshark("-Y", "tcp.analysis.flags && !tcp.analysis.window_update"), "");
});
