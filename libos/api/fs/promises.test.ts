/** `fs.promises` and `FileHandle`. */
import type { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import t from "tap";
import { makeFs } from "./testing/make-fs.ts";

t.test("promises give what the synchronous forms give", async (t) => {
  const { fs } = makeFs();
  const p = fs.promises;
  t.equal(await p.mkdir("/a/b", { recursive: true }), "/a");
  await p.writeFile("/a/f", "text");
  await p.appendFile("/a/f", " more");
  t.equal(await p.readFile("/a/f", "utf8"), "text more");
  t.same(await p.readFile("/a/f"), Buffer.from("text more"));
  await p.copyFile("/a/f", "/a/g");
  await p.rename("/a/g", "/a/h");
  await p.symlink("f", "/a/link");
  t.equal(await p.readlink("/a/link"), "f");
  t.equal((await p.lstat("/a/link")).isSymbolicLink(), true);
  t.equal((await p.stat("/a/link")).isFile(), true);
  await p.link("/a/f", "/a/hard");
  t.equal((await p.stat("/a/f")).nlink, 2);
  t.same(await p.readdir("/a"), ["b", "f", "h", "hard", "link"]);
  await p.chmod("/a/f", 0o600);
  await p.utimes("/a/f", 5, new Date(7000));
  const { mode, atimeMs, mtime } = await p.stat("/a/f");
  t.same([mode & 0o777, atimeMs, mtime.getTime()], [0o600, 5000, 7000]);
  await p.truncate("/a/f", 2);
  t.equal(await p.readFile("/a/f", "utf8"), "te");
  t.match(await p.mkdtemp("/a/t-"), /^\/a\/t-[A-Za-z0-9]{6}$/);
  t.equal(await p.realpath("/a/link"), "/a/f");
  await p.access("/a/f", fs.constants.R_OK);
  t.equal((await p.statfs("/")).bsize, 4096);
  await p.unlink("/a/h");
  await p.rm("/a", { recursive: true });
  await t.rejects(p.access("/a"), { code: "ENOENT", syscall: "access" });
  t.equal(p.constants, fs.constants);
});

t.test("a loop of awaits lets later turns run", async (t) => {
  const { fs } = makeFs();
  let turns = 0;
  let done = false;
  const count = () => {
    turns++;
    if (!done) setImmediate(count);
  };
  setImmediate(count);
  for (let i = 0; i < 1000; i++) await fs.promises.stat("/");
  done = true;
  t.ok(turns >= 10, `${turns} turns in a thousand awaits`);
});

t.test("writeFile takes strings, views, iterables and streams", async (t) => {
  const { fs } = makeFs();
  const p = fs.promises;
  await p.writeFile("/f", new Uint16Array([0x6261, 0x6463]));
  t.equal(await p.readFile("/f", "utf8"), "abcd");
  await p.writeFile("/f", ["one ", Buffer.from("two ")]);
  t.equal(await p.readFile("/f", "utf8"), "one two ");
  await p.writeFile("/f", Readable.from(["a", "b"]));
  t.equal(await p.readFile("/f", "utf8"), "ab");
  async function* parts() {
    yield "c";
    yield new TextEncoder().encode("d");
  }
  await p.appendFile("/f", parts());
  t.equal(await p.readFile("/f", "utf8"), "abcd");
  await p.writeFile("/f", parts(), { flag: "a", flush: true });
  t.equal(await p.readFile("/f", "utf8"), "abcdcd");
  await t.rejects(p.writeFile("/f", [5] as unknown as string[]), { code: "ERR_INVALID_ARG_TYPE" });
  const aborted = AbortSignal.abort();
  await t.rejects(p.writeFile("/g", parts(), { signal: aborted }), { name: "AbortError" });
  t.equal(fs.existsSync("/g"), false);
});

t.test("a FileHandle reads, writes, tells of its file and closes once", async (t) => {
  const { fs, vfs } = makeFs();
  const handle = await fs.promises.open("/f", "w+");
  let closed = 0;
  (handle as unknown as EventEmitter).on("close", () => closed++);
  const data = Buffer.from("hello world");
  t.same(await handle.write(data), { bytesWritten: 11, buffer: data });
  t.same(await handle.write("!", 11), { bytesWritten: 1, buffer: "!" });
  t.same(await handle.writev([data, data]), { bytesWritten: 22, buffers: [data, data] });
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(5), 0, 5, 6);
  t.same([bytesRead, buffer.toString()], [5, "world"]);
  t.equal((await handle.read({ position: 0 })).buffer.length, 16_384);
  t.equal((await handle.readv([Buffer.alloc(3), Buffer.alloc(3)], 0)).bytesRead, 6);
  t.equal((await handle.stat()).size, 33);
  await handle.truncate(5);
  await handle.chmod(0o640);
  await handle.utimes(1, 2);
  await handle.sync();
  await handle.datasync();
  const stats = await handle.stat();
  t.same([stats.size, stats.mode & 0o777, stats.mtimeMs], [5, 0o640, 2000]);
  await handle.close();
  t.same([closed, handle.fd, vfs.openFileCount()], [1, -1, 0]);
  await handle.close();
  await t.rejects(handle.stat(), { code: "EBADF", message: "file closed", syscall: "fstat" });
  await t.rejects(handle.readFile(), { code: "EBADF" });
});

t.test("a FileHandle stands in for a path, and starts where it stands", async (t) => {
  const { fs } = makeFs();
  await fs.promises.writeFile("/f", "0123456789");
  {
    await using handle = await fs.promises.open("/f", "r+");
    await handle.read(Buffer.alloc(4), 0, 4);
    t.equal(await handle.readFile("utf8"), "456789");
    await fs.promises.writeFile(handle, "ab");
    await handle.appendFile("cd");
  }
  t.equal(fs.readFileSync("/f", "utf8"), "0123456789abcd");
  const reader = await fs.promises.open("/f");
  let text = "";
  for await (const part of reader.createReadStream({ encoding: "utf8", start: 2, end: 5 }))
    text += part;
  t.equal(text, "2345");
  t.equal(reader.fd, -1, "the stream closed its handle");
});
