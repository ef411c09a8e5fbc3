/** Well-known packages, unchanged, on our own file system, network and HTTP. */
import { fileURLToPath } from "node:url";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import t, { type Test } from "tap";
import { run, start, write } from "../cli/harness.ts";

/** A folder inside the repository, so that its packages are found. */
function folder(t: Pick<Test, "teardown">): string {
  const path = mkdtempSync(join(fileURLToPath(new URL("../../.tap/", import.meta.url)), "npm-"));
  t.teardown(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

t.test("express serves JSON, forms and files", async (t) => {
  const dir = write(folder(t), {
    "app.ts": `
      import express from "express";
      import { fs } from "libos";
      fs.mkdirSync("/public");
      fs.writeFileSync("/public/page.html", "<p>static</p>".repeat(5000));
      const app = express();
      app.use(express.json());
      app.use("/files", express.static("/public"));
      app.get("/hello/:name", (request, response) => {
        response.json({ hello: request.params.name, query: request.query });
      });
      app.post("/sum", (request, response) => {
        response.send(String(request.body.numbers.reduce((a, b) => a + b, 0)));
      });
      app.get("/fail", () => { throw new Error("on purpose"); });
      app.listen(80);
    `,
  });
  const app = start(dir, "run", "app.ts", "-p", "0:80");
  const [origin] = await app.until(/http:\/\/127\.0\.0\.1:\d+/);
  await app.until(/app\.ts on/);
  const hello = await fetch(`${origin}/hello/you?a=1`);
  t.same(await hello.json(), { hello: "you", query: { a: "1" } });
  const sum = await fetch(`${origin}/sum`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ numbers: Array.from({ length: 10_000 }, () => 2) }),
  });
  t.equal(await sum.text(), "20000");
  const page = await fetch(`${origin}/files/page.html`);
  t.match(page.headers.get("content-type"), /text\/html/);
  t.equal((await page.text()).length, 65_000);
  const part = await fetch(`${origin}/files/page.html`, { headers: { range: "bytes=0-8" } });
  t.equal(part.status, 206);
  t.equal(await part.text(), "<p>static");
  t.equal((await fetch(`${origin}/files/missing`)).status, 404);
  t.equal((await fetch(`${origin}/fail`)).status, 500);
  app.signal("SIGINT");
  await app.finish();
});

t.test("ws talks to a client of the host, and to its own client inside", async (t) => {
  const dir = write(folder(t), {
    "app.ts": `
      import { WebSocket, WebSocketServer } from "ws";
      const server = new WebSocketServer({ port: 80 });
      server.on("connection", (socket) => {
        socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
      });
      const inside = new WebSocket("ws://127.0.0.1:80/");
      inside.on("open", () => inside.send("x".repeat(100_000)));
      inside.on("message", (data) => console.log("inside", data.length));
    `,
  });
  const app = start(dir, "run", "app.ts", "-p", "0:80");
  await app.until(/inside 100000/);
  const [, port] = await app.until(/127\.0\.0\.1:(\d+)/);
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const sizes = [0, 1, 125, 126, 65_535, 65_536, 1_000_000];
  const echoes: number[] = [];
  const all = new Promise<void>((resolve) => {
    socket.addEventListener("message", (event) => {
      echoes.push((event.data as ArrayBuffer).byteLength);
      if (echoes.length === sizes.length) resolve();
    });
  });
  for (const size of sizes) socket.send(new Uint8Array(size));
  await all;
  t.same(echoes, sizes);
  socket.close();
  app.signal("SIGINT");
  await app.finish();
});

t.test("fs-extra copies, moves and removes trees", async (t) => {
  const dir = write(folder(t), {
    "app.ts": `
      import fse from "fs-extra";
      await fse.outputFile("/a/b/c/file.txt", "content");
      await fse.outputJson("/a/data.json", { value: 7 });
      await fse.copy("/a", "/copy");
      await fse.move("/copy/b", "/moved");
      await fse.ensureSymlink("/a/data.json", "/links/data.json");
      console.log(await fse.readFile("/moved/c/file.txt", "utf8"));
      console.log((await fse.readJson("/links/data.json")).value);
      await fse.remove("/a");
      console.log(await fse.pathExists("/a"), (await fse.readdir("/")).join());
    `,
  });
  const { stdout, stderr } = await run(dir, "run", "app.ts", "--net", "none");
  t.equal(stdout, "content\n7\nfalse copy,etc,links,moved,tmp\n", stderr);
});
