/** The applications of `apps/`, unchanged, as images that answer through QEMU: the whole command. */
import { readFileSync } from "node:fs";
import { createServer, connect, type AddressInfo } from "node:net";
import t from "tap";
import { freePort } from "../../libos/run/qemu/forward-ports.ts";
import { prepareImages } from "./app-build.ts";
import { ROOT, startCommand } from "./command.ts";

const skip = await prepareImages();
const START_MS = 120_000;
/** QEMU takes a connection before the image listens, and forgets it: ask again soon. */
const ATTEMPT_MS = 2000;
/** Whoever has answered once answers again, however busy the machine is. */
const PATIENCE_MS = 60_000;

/** Asks again until something answers: QEMU takes connections before the image listens. */
async function answerOf(ask: () => Promise<string>): Promise<string> {
  const endMs = Date.now() + START_MS;
  for (;;) {
    const answer = await ask().catch(() => "");
    if (answer !== "" || Date.now() > endMs) return answer;
    await new Promise((resolve) => void setTimeout(resolve, 100));
  }
}

function readAll(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1").setEncoding("utf8").setTimeout(ATTEMPT_MS);
    socket.on("data", (part) => (text += String(part)));
    socket.on("end", () => resolve(text));
    socket.on("timeout", () => socket.destroy(new Error("no answer")));
    socket.on("error", reject);
  });
}

t.test("apps/hello answers, and Ctrl-C ends it in good order", { skip }, async (t) => {
  const port = await freePort("127.0.0.1");
  const command = startCommand("run", "-t", "qemu", "apps/hello", "-p", `${port}:7`);
  t.teardown(() => command.child.kill("SIGKILL"));
  t.equal(await answerOf(() => readAll(port)), "hello\n", command.output());
  command.child.kill("SIGINT");
  t.equal(await command.ended, 130, command.output());
  t.match(command.output(), "stopping");
});

for (const machine of ["microvm", "q35", "pc"]) {
  t.test(`apps/website serves its files on ${machine}`, { skip }, async (t) => {
    const port = await freePort("127.0.0.1");
    const command = startCommand(
      "run",
      "-t",
      "qemu",
      "apps/website",
      "-M",
      machine,
      "-p",
      `${port}:80`,
    );
    t.teardown(() => command.child.kill("SIGKILL"));
    const get = async (path: string, patienceMs = PATIENCE_MS): Promise<string> => {
      const signal = AbortSignal.timeout(patienceMs);
      return (await fetch(`http://127.0.0.1:${port}${path}`, { signal })).text();
    };
    const page = await answerOf(() => get("/", ATTEMPT_MS));
    t.equal(page, readFileSync(`${ROOT}apps/website/public/index.html`, "utf8"), command.output());
    const chart = await get("/js/chart.js");
    t.equal(chart, readFileSync(`${ROOT}apps/website/public/js/chart.js`, "utf8"));
    t.equal((await get("/api/download?bytes=200000")).length, 200_000);
    const state = JSON.parse(await get("/api/state")) as { system: { platform: { name: string } } };
    t.equal(state.system.platform.name, "bare-metal");
    command.child.kill("SIGINT");
    t.equal(await command.ended, 130, command.output());
  });
}

t.test("express, unchanged, answers from an image", { skip }, async (t) => {
  const port = await freePort("127.0.0.1");
  const command = startCommand(
    "run",
    "-t",
    "qemu",
    "tests/image/app-fixtures/express.mjs",
    "-p",
    `${port}:80`,
  );
  t.teardown(() => command.child.kill("SIGKILL"));
  let patienceMs = ATTEMPT_MS;
  const ask = async (path: string, body?: string, type = "application/json"): Promise<string> => {
    const signal = AbortSignal.timeout(patienceMs);
    const headers = { "content-type": type };
    const post = body === undefined ? {} : { method: "POST", body, headers };
    return (await fetch(`http://127.0.0.1:${port}${path}`, { signal, ...post })).text();
  };
  const hello = await answerOf(() => ask("/hello/you?a=1"));
  patienceMs = PATIENCE_MS;
  t.equal(hello, '{"hello":"you","query":{"a":"1"}}', command.output());
  t.equal(await ask("/sum", '{"numbers":[1,2,3]}'), "6");
  const form = "application/x-www-form-urlencoded";
  t.equal(await ask("/form", "a=1&b=x+y", form), '{"a":"1","b":"x y"}');
  t.equal(await ask("/files/page.html"), "<p>static</p>".repeat(100));
  t.match(await ask("/fail"), "Internal Server Error");
});

t.test("a port of the host that is in use is one clear line", { skip }, async (t) => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => void server.on("listening", resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const command = startCommand("run", "-t", "qemu", "apps/hello", "-p", `${port}:7`);
  t.equal(await command.ended, 1);
  t.match(command.output(), `tcp port ${port} of 127.0.0.1 is in use`);
  t.notMatch(command.output(), "port 7 is at", "only what QEMU holds is announced");
});
