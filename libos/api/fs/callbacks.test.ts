/** The callback forms: in a later turn, with Node's arguments. */
import nodeFs from "node:fs";
import { promisify } from "node:util";
import t from "tap";
import { makeFs } from "./testing/make-fs.ts";

/** Everything that a callback was given. */
function answers(start: (callback: (...values: unknown[]) => void) => void): Promise<unknown[]> {
  return new Promise((resolve) => {
    let returned = false;
    start((...values) => {
      if (!returned) throw new Error("called back before the call returned");
      resolve(values);
    });
    returned = true;
  });
}

t.test("a callback comes in a later turn, with null and the result", async (t) => {
  const { fs, deferred } = makeFs();
  t.same(await answers((done) => fs.writeFile("/f", "text", done)), [null]);
  t.same(await answers((done) => fs.readFile("/f", "utf8", done)), [null, "text"]);
  t.same(await answers((done) => fs.readFile("/f", { encoding: "latin1" }, done)), [null, "text"]);
  const [, stats] = await answers((done) => fs.stat("/f", done));
  t.equal((stats as nodeFs.Stats).size, 4);
  const [, big] = await answers((done) => fs.stat("/f", { bigint: true }, done));
  t.equal((big as nodeFs.BigIntStats).size, 4n);
  t.same(await answers((done) => fs.mkdir("/a/b", { recursive: true }, done)), [null, "/a"]);
  t.same(await answers((done) => fs.readdir("/a", done)), [null, ["b"]]);
  t.same(await answers((done) => fs.exists("/a", done)), [true]);
  t.same(await answers((done) => fs.exists("/b", done)), [false]);
  t.same(await answers((done) => fs.realpath("/a/../a/b", done)), [null, "/a/b"]);
  t.same(await answers((done) => fs.realpath.native("/a/b", done)), [null, "/a/b"]);
  t.ok(deferred() >= 10, "each through defer");
});

t.test("an error of the system reaches the callback alone", async (t) => {
  const { fs } = makeFs();
  const calls: ((fs: typeof nodeFs, done: (...values: unknown[]) => void) => void)[] = [
    (fs, done) => fs.open("/not/here", "r", done),
    (fs, done) => fs.rename("/not/here", "/there", done),
    (fs, done) => fs.rm("/not/here", done),
    (fs, done) => fs.opendir("/not/here", done),
    (fs, done) => fs.symlink("x", "/not/here", done),
    (fs, done) => fs.lutimes("/not/here", 1, 1, done),
    (fs, done) => fs.close(1_000_000, done),
    (fs, done) => fs.cp("/not/here", "/there", done),
    (fs, done) => fs.truncate("/not/here", 1, done),
  ];
  for (const call of calls) {
    const view = ([error, ...rest]: unknown[]) => {
      const { message, code, errno, syscall, path } = error as NodeJS.ErrnoException;
      return [message, code, errno, syscall, path, rest.length];
    };
    const expected = view(await answers((done) => call(nodeFs, done)));
    const found = view(await answers((done) => call(fs as unknown as typeof nodeFs, done)));
    t.same(found, expected, String(call));
  }
});

t.test("read and write tell count and buffer, in all their forms", async (t) => {
  const { fs } = makeFs();
  const fd = fs.openSync("/f", "w+");
  const data = Buffer.from("hello world");
  t.same(await answers((done) => fs.write(fd, data, done)), [null, 11, data]);
  t.same(await answers((done) => fs.write(fd, data, 6, 5, 0, done)), [null, 5, data]);
  t.same(await answers((done) => fs.write(fd, data, { position: 20, length: 5 }, done)), [
    null,
    5,
    data,
  ]);
  t.same(await answers((done) => fs.write(fd, "héllo", 0, "utf8", done)), [null, 6, "héllo"]);
  t.same(await answers((done) => fs.writev(fd, [data, data], 30, done)), [null, 22, [data, data]]);
  const into = Buffer.alloc(6);
  t.same(await answers((done) => fs.read(fd, into, 0, 6, 0, done)), [null, 6, into]);
  t.equal(into.toString(), "héllo");
  t.same(await answers((done) => fs.read(fd, into, { position: 25, length: 3 }, done)), [
    null,
    3,
    into,
  ]);
  t.same(into, Buffer.from("\0\0\0lo".replace("lo", "llo")), "a hole reads as zeros");
  const [, count, own] = await answers((done) => fs.read(fd, { position: 30 }, done));
  t.same([count, (own as Buffer).length], [22, 16_384], "it makes a buffer of its own");
  t.same(
    await answers((done) => fs.readv(fd, [into, Buffer.alloc(2)], 30, done)).then((r) => r[1]),
    8,
  );
  const promised = await promisify(fs.read)(fd, Buffer.alloc(4), 0, 4, 30);
  t.same(promised, { bytesRead: 4, buffer: Buffer.from("hell") });
  t.equal(await promisify(fs.exists)("/f"), true);
});

t.test("close needs no callback", async (t) => {
  const { fs, vfs } = makeFs();
  fs.close(fs.openSync("/f", "w"));
  t.equal(vfs.openFileCount(), 0);
  const thrown = new Promise((resolve) => process.once("uncaughtException", resolve));
  fs.close(1_000_000);
  t.match(await thrown, { code: "EBADF", syscall: "close" });
});

t.test("an aborted call does nothing and says AbortError", async (t) => {
  const { fs } = makeFs();
  const controller = new AbortController();
  const before = answers((done) => fs.writeFile("/f", "x", { signal: controller.signal }, done));
  controller.abort("enough");
  const [error] = await before;
  t.same(
    [(error as Error).name, (error as NodeJS.ErrnoException).code, (error as Error).cause],
    ["AbortError", "ABORT_ERR", "enough"],
  );
  t.equal(fs.existsSync("/f"), false, "nothing was written");
  await t.rejects(fs.promises.readFile("/f", { signal: controller.signal }), {
    name: "AbortError",
  });
  const other = new AbortController();
  await fs.promises.writeFile("/f", "x", { signal: other.signal });
  t.equal(fs.readFileSync("/f", "utf8"), "x");
});

t.test("a callback that throws does not disturb the next", async (t) => {
  const { fs } = makeFs();
  const thrown: unknown[] = [];
  process.once("uncaughtException", (error) => thrown.push(error.message));
  fs.stat("/", () => {
    throw new Error("mine");
  });
  const [error] = await answers((done) => fs.stat("/", done));
  t.equal(error, null);
  t.same(thrown, ["mine"]);
});
