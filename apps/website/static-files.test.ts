import nodeFs from "node:fs";
import { request } from "node:http";
import { mkdtempSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { createHttpOverNode } from "../../libos/api/http/testing/over-node.ts";
import { parseRange } from "./byte-range.ts";
import type { Fs } from "./modules.ts";
import { createStaticFiles, safePath } from "./static-files.ts";

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

const folder = mkdtempSync(join(tmpdir(), "libos-static-"));
const root = join(folder, "www");
const BIG_BYTES = 200_000;

t.before(() => {
  mkdirSync(join(root, "sub"), { recursive: true });
  writeFileSync(join(root, "index.html"), "<h1>start</h1>");
  writeFileSync(join(root, "sub", "index.html"), "<h1>sub</h1>");
  writeFileSync(join(root, "a b.txt"), "0123456789");
  writeFileSync(join(root, "empty.css"), "");
  writeFileSync(join(root, "big.bin"), Buffer.alloc(BIG_BYTES, "x"));
  writeFileSync(join(root, "404.html"), "<h1>gone</h1>");
  writeFileSync(join(folder, "secret.txt"), "secret");
  symlinkSync(join(folder, "secret.txt"), join(root, "link.txt"));
  symlinkSync(join(root, "a b.txt"), join(root, "inside.txt"));
  utimesSync(join(root, "a b.txt"), 1_700_000_000, 1_700_000_000);
});
t.teardown(() => rmSync(folder, { recursive: true }));

const http = createHttpOverNode();
const serve = createStaticFiles({ fs: nodeFs as unknown as Fs, root });
const server = http.createServer((incoming, response) => {
  void serve(incoming, response);
});
t.before(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
t.teardown(() => {
  server.close();
  server.closeAllConnections();
});

function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: "127.0.0.1", path, headers, method }, (response) => {
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (part: string) => {
        body += part;
      });
      const { statusCode = 0 } = response;
      response.on("end", () => resolve({ status: statusCode, headers: response.headers, body }));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

t.test("pages come with their type, and a folder with its index", async (t) => {
  const start = await ask("/");
  t.match(start, { status: 200, body: "<h1>start</h1>" });
  t.match(start.headers, { "content-type": "text/html; charset=utf-8", "content-length": "14" });
  t.match(await ask("/sub/"), { status: 200, body: "<h1>sub</h1>" });
  t.match(await ask("/a%20b.txt?x=1"), { status: 200, body: "0123456789" });
  t.match(await ask("/empty.css"), { status: 200, body: "" });
  const big = await ask("/big.bin");
  t.equal(big.body.length, BIG_BYTES);
  t.equal(big.headers["content-type"], "application/octet-stream");
});

t.test("what is not there gets the page for that", async (t) => {
  for (const path of ["/no.html", "/sub", "/sub/no/", "/a%20b.txt/x"]) {
    t.match(await ask(path), { status: 404, body: "<h1>gone</h1>" }, path);
  }
});

t.test("nothing leads out of the folder", async (t) => {
  const paths = [
    "/../secret.txt",
    "/sub/../../secret.txt",
    "/%2e%2e/secret.txt",
    "/..%2fsecret.txt",
    "/%2e%2e%2fsecret.txt",
    "/..%5csecret.txt",
    "/link.txt",
    "//etc/passwd",
    "/%00",
    "/%",
    "/./index.html",
  ];
  for (const path of paths) {
    const { status, body } = await ask(path);
    t.equal(status, 404, path);
    t.notMatch(body, /secret|root:/);
  }
  t.match(await ask("/inside.txt"), { status: 200, body: "0123456789" }, "a link within is fine");
  t.equal(safePath("no slash"), undefined);
});

t.test("HEAD has the head alone, and other methods are refused", async (t) => {
  const head = await ask("/a%20b.txt", {}, "HEAD");
  t.match(head, { status: 200, body: "" });
  t.equal(head.headers["content-length"], "10");
  t.match(await ask("/", {}, "POST"), { status: 405, headers: { allow: "GET, HEAD" } });
});

t.test("validators save the body (RFC 9110 13)", async (t) => {
  const { headers } = await ask("/a%20b.txt");
  const etag = headers["etag"] as string;
  t.equal(headers["last-modified"], "Tue, 14 Nov 2023 22:13:20 GMT");
  const conditions: [Record<string, string>, number][] = [
    [{ "If-None-Match": etag }, 304],
    [{ "If-None-Match": `"x", W/${etag}` }, 304],
    [{ "If-None-Match": '"x"' }, 200],
    [{ "If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT" }, 304],
    [{ "If-Modified-Since": "Tue, 14 Nov 2023 22:13:19 GMT" }, 200],
    [{ "If-Modified-Since": "nonsense" }, 200],
    [{ "If-None-Match": '"x"', "If-Modified-Since": "Tue, 14 Nov 2023 22:13:20 GMT" }, 200],
  ];
  for (const [fields, status] of conditions) {
    t.equal((await ask("/a%20b.txt", fields)).status, status, JSON.stringify(fields));
  }
});

t.test("ranges are served (RFC 9110 14)", async (t) => {
  const part = await ask("/a%20b.txt", { Range: "bytes=2-4" });
  t.match(part, { status: 206, body: "234", headers: { "content-range": "bytes 2-4/10" } });
  t.match(await ask("/a%20b.txt", { Range: "bytes=-3" }), { status: 206, body: "789" });
  t.match(await ask("/a%20b.txt", { Range: "bytes=8-" }), { status: 206, body: "89" });
  t.match(await ask("/a%20b.txt", { Range: "bytes=0-0" }), { status: 206, body: "0" });
  const beyond = await ask("/a%20b.txt", { Range: "bytes=10-" });
  t.match(beyond, { status: 416, headers: { "content-range": "bytes */10" } });
  t.match(await ask("/a%20b.txt", { Range: "bytes=0-1", "If-Range": '"x"' }), { status: 200 });
  t.equal((await ask("/big.bin", { Range: "bytes=100000-199999" })).body.length, 100_000);
});

t.test("a range that can't be read is no range", (t) => {
  for (const text of [
    undefined,
    "",
    "bytes=",
    "bytes=-",
    "bytes=5-2",
    "lines=1-2",
    "bytes=1-2,4-5",
  ]) {
    t.equal(parseRange(text, 10), undefined, String(text));
  }
  t.equal(parseRange("bytes=-0", 10), "unsatisfiable");
  t.same(parseRange("bytes=-99", 10), { start: 0, end: 10 });
  t.same(parseRange("bytes=5-99", 10), { start: 5, end: 10 });
  t.end();
});
