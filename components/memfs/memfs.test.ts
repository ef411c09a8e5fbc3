/** The memory file system by itself: contents against a model, bounds, watches, times. */
import t from "tap";
import { createFileStat, createFileSystemStat, errno, type FileSystemSync } from "../vfs/mod.ts";
import { createMemfs, MEMFS_LIMITS, type MemfsLimits } from "./mod.ts";

let tick = 0;

function newFs(limits: Partial<MemfsLimits> = {}, wallUs = () => ++tick): FileSystemSync {
  return createMemfs({ wallUs }, { ...MEMFS_LIMITS, ...limits }).sync;
}

/** A handle of a new file. */
function newFile(fs: FileSystemSync, name: string): number {
  const node = fs.create(fs.root(), name, 0o644, 0, 0);
  return node < 0 ? node : fs.open(node, 0);
}

function usedBytes(fs: FileSystemSync, limitBytes: number): number {
  const stat = createFileSystemStat();
  fs.statfs(stat);
  return limitBytes - stat.freeBlocks * stat.blockBytes;
}

function statOf(fs: FileSystemSync, node: number): ReturnType<typeof createFileStat> {
  const stat = createFileStat();
  fs.stat(node, stat);
  return stat;
}

/** xorshift32 (Marsaglia, 2003), so that a failure can be repeated. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

for (let seed = 1; seed <= 8; seed++) {
  t.test(
    `random reads, writes and truncations equal those of an array (seed ${seed})`,
    async (t) => {
      const random = seeded(seed * 7919);
      const limitBytes = seed % 2 === 0 ? 400_000 : 8_000_000;
      const fs = newFs({ bytes: limitBytes });
      const other = newFile(fs, "other");
      const file = newFile(fs, "file");
      let model = new Uint8Array(0);
      for (let i = 0; i < 400; i++) {
        const kind = random(10);
        const position = random(3) === 0 ? random(300_000) : random(2000);
        const length = 1 + (random(4) === 0 ? random(150_000) : random(600));
        if (kind < 5) {
          const bytes = new Uint8Array(length).map(() => random(255) + 1);
          const count = fs.write(file, bytes, 0, length, position);
          if (count === -errno.ENOSPC) continue;
          if (count < 1 || count > length) t.fail(`wrote ${count} of ${length}`);
          const grown = new Uint8Array(Math.max(model.length, position + count));
          grown.set(model);
          grown.set(bytes.subarray(0, count), position);
          model = grown;
        } else if (kind < 8) {
          const found = new Uint8Array(length + 2).fill(9);
          const count = fs.read(file, found, 1, length, position);
          const expected = model.subarray(position, position + length);
          if (count !== expected.length) t.fail(`read ${count}, not ${expected.length}`);
          if (!Buffer.from(expected).equals(found.subarray(1, 1 + count))) t.fail(`at ${position}`);
          if (found[0] !== 9 || found[1 + count] !== 9) t.fail("wrote beside its range");
        } else if (kind === 8) {
          const size = random(2) === 0 ? random(300_000) : random(1000);
          fs.truncate(file, size);
          const cut = new Uint8Array(size);
          cut.set(model.subarray(0, size));
          model = cut;
        } else {
          // Another file takes and gives memory, so that chunks are used again.
          fs.write(other, new Uint8Array(length).fill(0xee), 0, length, position);
          if (random(2) === 0) fs.truncate(other, 0);
        }
      }
      const all = new Uint8Array(model.length);
      t.equal(fs.read(file, all, 0, all.length, 0), model.length);
      t.ok(Buffer.from(all).equals(model));
      fs.truncate(file, 0);
      fs.truncate(other, 0);
      t.ok(usedBytes(fs, limitBytes) < 4096, "all memory was given back");
    },
  );
}

t.test("a full file system takes what fits, then says ENOSPC, and loses nothing", async (t) => {
  const fs = newFs({ bytes: 100_000 });
  const kept = newFile(fs, "kept");
  const text = new Uint8Array(20_000).fill(5);
  t.equal(fs.write(kept, text, 0, text.length, 0), text.length);
  const file = newFile(fs, "file");
  const data = new Uint8Array(90_000).fill(6);
  const first = fs.write(file, data, 0, data.length, 0);
  t.ok(first > 60_000 && first < 90_000, `a short count: ${first}`);
  t.equal(fs.write(file, data, 0, 1000, first), -errno.ENOSPC);
  t.equal(fs.write(kept, text, 0, 20_000, 0), 20_000, "what has its memory can be written over");
  t.equal(statOf(fs, fs.lookup(fs.root(), "file")).sizeBytes, first);
  const found = new Uint8Array(20_000);
  fs.read(kept, found, 0, found.length, 0);
  t.same(found, text);
  const back = new Uint8Array(first);
  fs.read(file, back, 0, first, 0);
  t.ok(back.every((byte) => byte === 6));
  fs.close(file);
  fs.unlink(fs.root(), "file");
  const again = newFile(fs, "again");
  t.ok(fs.write(again, data, 0, 60_000, 0) === 60_000, "removing makes room");
});

t.test("the last bytes of a full file system can be used, 256 by 256", async (t) => {
  const fs = newFs({ bytes: 10_240 });
  const file = newFile(fs, "file");
  let total = 0;
  for (;;) {
    const count = fs.write(file, new Uint8Array(100).fill(1), 0, 100, total);
    if (count < 0) break;
    total += count;
  }
  t.equal(total, 10_240);
});

t.test("inodes, names of a file and the size of a file have bounds", async (t) => {
  const fs = newFs({ inodes: 4, links: 2, fileBytes: 1000 });
  const root = fs.root();
  const file = fs.create(root, "a", 0o644, 0, 0);
  t.equal(fs.link(file, root, "b"), 0);
  t.equal(fs.link(file, root, "c"), -errno.EMLINK);
  t.ok(fs.mkdir(root, "d", 0o755, 0, 0) > 0);
  t.equal(fs.create(root, "e", 0o644, 0, 0), -errno.ENOSPC);
  t.equal(fs.symlink(root, "e", "x", 0, 0), -errno.ENOSPC);
  fs.unlink(root, "b");
  t.ok(fs.symlink(root, "e", "x", 0, 0) > 0, "a name given back");
  const handle = fs.open(file, 0);
  t.equal(fs.write(handle, new Uint8Array(10), 0, 10, 995), 5);
  t.equal(fs.write(handle, new Uint8Array(10), 0, 10, 1000), -errno.EFBIG);
  t.equal(fs.truncate(handle, 1001), -errno.EFBIG);
});

t.test("holes take no memory and read as zeros", async (t) => {
  const fs = newFs({ bytes: 200_000 });
  const file = newFile(fs, "file");
  t.equal(fs.truncate(file, 50_000_000_000), 0);
  t.equal(fs.write(file, new Uint8Array([1]), 0, 1, 40_000_000_000), 1);
  const stat = statOf(fs, fs.lookup(fs.root(), "file"));
  t.equal(stat.sizeBytes, 50_000_000_000);
  t.ok(stat.allocatedBytes <= 65_536);
  const found = new Uint8Array(3).fill(7);
  t.equal(fs.read(file, found, 0, 3, 39_999_999_999), 3);
  t.same([...found], [0, 1, 0]);
});

t.test("what was cut off does not come back", async (t) => {
  const fs = newFs();
  const file = newFile(fs, "file");
  fs.write(file, new Uint8Array(70_000).fill(7), 0, 70_000, 0);
  fs.truncate(file, 100);
  fs.truncate(file, 70_000);
  const found = new Uint8Array(70_000).fill(9);
  fs.read(file, found, 0, 70_000, 0);
  t.ok(found.every((byte, i) => byte === (i < 100 ? 7 : 0)));
});

t.test("a name comes and goes in a large directory, which then shrinks", async (t) => {
  const fs = newFs();
  for (let i = 0; i < 2000; i++) fs.create(fs.root(), `f${i}`, 0o644, 0, 0);
  let made = 0;
  for (let i = 0; i < 5000; i++) {
    if (fs.create(fs.root(), "again", 0o644, 0, 0) > 0) made++;
    fs.unlink(fs.root(), "again");
  }
  t.equal(made, 5000);
  const seen: string[] = [];
  t.equal(
    fs.readdir(fs.root(), (name) => void seen.push(name)),
    2000,
  );
  t.equal(new Set(seen).size, 2000);
  for (let i = 0; i < 1990; i++) fs.unlink(fs.root(), `f${i}`);
  seen.length = 0;
  fs.readdir(fs.root(), (name) => void seen.push(name));
  t.same(seen, [
    "f1990",
    "f1991",
    "f1992",
    "f1993",
    "f1994",
    "f1995",
    "f1996",
    "f1997",
    "f1998",
    "f1999",
  ]);
});

t.test("link counts and times follow POSIX", async (t) => {
  let nowUs = 0;
  const fs = newFs({}, () => nowUs);
  const root = fs.root();
  nowUs = 100;
  const folder = fs.mkdir(root, "d", 0o755, 0, 0);
  t.same([statOf(fs, folder).linkCount, statOf(fs, root).linkCount], [2, 3]);
  t.same([statOf(fs, root).modifiedUs, statOf(fs, folder).createdUs], [100, 100]);
  nowUs = 200;
  const file = fs.create(folder, "f", 0o644, 0, 0);
  t.equal(statOf(fs, folder).modifiedUs, 200);
  nowUs = 300;
  const handle = fs.open(file, 0);
  fs.write(handle, new Uint8Array(4), 0, 4, 0);
  t.same(
    [statOf(fs, file).modifiedUs, statOf(fs, file).changedUs, statOf(fs, file).accessedUs],
    [300, 300, 200],
  );
  nowUs = 400;
  fs.read(handle, new Uint8Array(4), 0, 4, 0);
  t.equal(statOf(fs, file).accessedUs, 400);
  nowUs = 500;
  fs.read(handle, new Uint8Array(4), 0, 4, 0);
  t.equal(statOf(fs, file).accessedUs, 400, "only the first read after a write (relatime)");
  fs.setMode(file, 0o600);
  t.same([statOf(fs, file).changedUs, statOf(fs, file).modifiedUs], [500, 300]);
  nowUs = 600;
  fs.link(file, root, "g");
  t.same([statOf(fs, file).linkCount, statOf(fs, file).changedUs], [2, 600]);
  fs.unlink(folder, "f");
  fs.rmdir(root, "d");
  t.equal(statOf(fs, root).linkCount, 2);
  const first = statOf(fs, file).inode;
  fs.close(handle);
  fs.unlink(root, "g");
  t.not(
    statOf(fs, fs.create(root, "new", 0o644, 0, 0)).inode,
    first,
    "numbers are not given twice",
  );
});

t.test("rename replaces what may be replaced", async (t) => {
  const fs = newFs();
  const root = fs.root();
  const a = fs.mkdir(root, "a", 0o755, 0, 0);
  const b = fs.mkdir(root, "b", 0o755, 0, 0);
  const deep = fs.mkdir(a, "deep", 0o755, 0, 0);
  fs.create(root, "file", 0o644, 0, 0);
  t.equal(fs.rename(root, "a", deep, "x"), -errno.EINVAL, "into itself");
  t.equal(fs.rename(root, "a", a, "x"), -errno.EINVAL);
  t.equal(fs.rename(root, "file", root, "a"), -errno.EISDIR);
  t.equal(fs.rename(root, "a", root, "file"), -errno.ENOTDIR);
  t.equal(fs.rename(root, "b", root, "a"), -errno.ENOTEMPTY);
  t.equal(fs.rename(a, "deep", root, "a"), -errno.ENOTEMPTY, "onto its own parent");
  t.equal(fs.rename(root, "missing", root, "x"), -errno.ENOENT);
  t.equal(fs.rename(root, "a", root, "b"), 0, "onto an empty directory");
  t.equal(fs.lookup(root, "b"), a);
  t.equal(fs.lookup(deep, ".."), a);
  t.equal(fs.stat(b, createFileStat()), -errno.ESTALE, "the replaced one is gone");
  fs.link(fs.lookup(root, "file"), root, "twin");
  t.equal(fs.rename(root, "file", root, "twin"), 0);
  t.ok(fs.lookup(root, "file") >= 0, "two names of one file: nothing happens");
});

t.test("watches tell of names, contents and what lies below; and have a bound", async (t) => {
  const fs = newFs({ watches: 3 });
  const root = fs.root();
  const folder = fs.mkdir(root, "d", 0o755, 0, 0);
  const file = fs.create(folder, "f", 0o644, 0, 0);
  const seen: string[] = [];
  const note = (who: string) => (kind: string, name: string) =>
    void seen.push(`${who} ${kind} ${name}`);
  const watch = fs.watch(folder, false, note("folder"));
  fs.watch(file, false, note("file"));
  fs.watch(root, true, note("all"));
  t.equal(
    fs.watch(root, false, () => {}),
    -errno.ENOSPC,
  );
  const handle = fs.open(file, 0);
  fs.write(handle, new Uint8Array(1), 0, 1, 0);
  t.same(seen, ["folder change f", "file change f", "all change d/f"]);
  seen.length = 0;
  fs.rename(folder, "f", root, "g");
  t.same(seen, [
    "folder rename f",
    "file rename f",
    "all rename d/f",
    "file rename g",
    "all rename g",
  ]);
  seen.length = 0;
  fs.unwatch(watch);
  fs.create(folder, "h", 0o644, 0, 0);
  t.same(seen, ["all rename d/h"]);
});

t.test("the contents of removed files are given back when the last handle closes", async (t) => {
  const fs = newFs({ bytes: 1_000_000 });
  const file = newFile(fs, "file");
  fs.write(file, new Uint8Array(500_000), 0, 500_000, 0);
  fs.unlink(fs.root(), "file");
  t.ok(usedBytes(fs, 1_000_000) > 490_000);
  fs.close(file);
  t.ok(usedBytes(fs, 1_000_000) < 4096);
});
