/** `watch`, `promises.watch` and `watchFile`. */
import { once } from "node:events";
import t from "tap";
import { makeFs } from "./testing/make-fs.ts";

/** Lets everything that was deferred happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 30; i++) await new Promise((resolve) => setImmediate(resolve));
}

t.test("a folder's watcher tells of names and of content, later and in order", async (t) => {
  const { fs } = makeFs();
  fs.mkdirSync("/d/sub", { recursive: true });
  const seen: unknown[] = [];
  const watcher = fs.watch("/d", (event, name) => seen.push([event, name]));
  fs.writeFileSync("/d/f", "text");
  fs.appendFileSync("/d/f", "more");
  fs.renameSync("/d/f", "/d/g");
  fs.writeFileSync("/d/sub/below", "");
  fs.chmodSync("/d/g", 0o600);
  fs.unlinkSync("/d/g");
  t.same(seen, [], "nothing at once");
  await settle();
  t.same(seen, [
    ["rename", "f"],
    ["change", "f"],
    ["rename", "f"],
    ["rename", "g"],
    ["change", "g"],
    ["rename", "g"],
  ]);
  watcher.close();
  await once(watcher, "close");
  fs.writeFileSync("/d/after", "");
  await settle();
  t.equal(seen.length, 6, "nothing after close");
});

t.test("a recursive watcher tells the path below its folder", async (t) => {
  const { fs } = makeFs();
  fs.mkdirSync("/d/a/b", { recursive: true });
  const seen: unknown[] = [];
  const watcher = fs.watch("/d", { recursive: true }, (event, name) => seen.push([event, name]));
  fs.writeFileSync("/d/a/b/f", "");
  fs.writeFileSync("/elsewhere", "");
  fs.mkdirSync("/d/a/c");
  await settle();
  t.same(seen, [
    ["rename", "a/b/f"],
    ["rename", "a/c"],
  ]);
  watcher.close();
});

t.test("a file's watcher tells its own name, in the encoding asked for", async (t) => {
  const { fs } = makeFs();
  fs.writeFileSync("/f", "");
  const seen: unknown[] = [];
  const watcher = fs.watch("/f", { encoding: "buffer" }, (event, name) => seen.push([event, name]));
  fs.writeFileSync("/f", "text");
  fs.writeFileSync("/g", "text");
  await settle();
  t.same(seen, [["change", Buffer.from("f")]]);
  watcher.close();
});

t.test("a missing path throws ENOENT with the filename", async (t) => {
  const { fs } = makeFs();
  t.throws(() => fs.watch("/nothing"), {
    code: "ENOENT",
    syscall: "watch",
    filename: "/nothing",
    message: "ENOENT: no such file or directory, watch '/nothing'",
  });
});

t.test("a signal closes a watcher", async () => {
  const { fs } = makeFs();
  const controller = new AbortController();
  const watcher = fs.watch("/tmp", { signal: controller.signal });
  controller.abort();
  await once(watcher, "close");
  const late = fs.watch("/tmp", { signal: controller.signal });
  await once(late, "close");
});

t.test("promises.watch yields changes until it is aborted", async (t) => {
  const { fs } = makeFs();
  const controller = new AbortController();
  const seen: unknown[] = [];
  const watching = (async () => {
    for await (const event of fs.promises.watch("/tmp", { signal: controller.signal }))
      seen.push(event);
  })();
  await settle();
  fs.mkdirSync("/tmp/one");
  fs.mkdirSync("/tmp/two");
  await settle();
  controller.abort();
  await t.rejects(watching, { name: "AbortError" });
  t.same(seen, [
    { eventType: "rename", filename: "one" },
    { eventType: "rename", filename: "two" },
  ]);
});

t.test("leaving the loop ends the watch", async (t) => {
  const { fs, vfs } = makeFs();
  setImmediate(() => fs.mkdirSync("/tmp/one"));
  for await (const event of fs.promises.watch("/tmp")) {
    t.equal(event.filename, "one");
    break;
  }
  // Unmounting would answer EBUSY while something is watched; a watch more shows the bound instead.
  const watches = Array.from({ length: 8192 }, () => vfs.watch("/tmp", false, () => {}));
  t.ok(
    watches.every((watch) => watch >= 0),
    "no watch was left behind",
  );
});

t.test("a queue that is full throws where that is asked for", async (t) => {
  const { fs } = makeFs();
  const watching = fs.promises.watch("/tmp", { maxQueue: 2, overflow: "throw" } as object);
  const iterator = (watching as AsyncIterable<unknown>)[Symbol.asyncIterator]();
  const first = iterator.next();
  await settle();
  for (const name of ["a", "b", "c", "d", "e"]) fs.mkdirSync(`/tmp/${name}`);
  await first;
  await settle();
  await t.rejects(iterator.next(), { code: "ERR_FS_WATCH_QUEUE_OVERFLOW" });
});

t.test("watchFile tells the new and the old state; unwatchFile ends it", async (t) => {
  let nowUs = 1_000_000_000;
  const { fs } = makeFs({ wallUs: () => (nowUs += 1_000_000) });
  fs.writeFileSync("/f", "1");
  const changed = new Promise<[number, number]>((resolve) => {
    fs.watchFile("/f", { interval: 5 }, (current, previous) =>
      resolve([current.size, previous.size]),
    );
  });
  fs.writeFileSync("/f", "12345");
  t.same(await changed, [5, 1]);
  fs.unwatchFile("/f");

  const absent = new Promise<number>((resolve) => {
    fs.watchFile("/nothing", { interval: 5 }, (current) => resolve(current.mtimeMs));
  });
  t.equal(await absent, 0, "a missing file is told once, as zeros");
  fs.unwatchFile("/nothing");
});
