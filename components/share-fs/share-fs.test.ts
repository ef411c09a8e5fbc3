/** A share as a file system, over a share in memory that keeps to the contract. */
import t from "tap";
import { createMemfs } from "../memfs/mod.ts";
import {
  createFileStat,
  createFileSystemStat,
  createVfs,
  errno,
  modes,
  type Vfs,
} from "../vfs/mod.ts";
import { createShareFs, SHARE_FS_LIMITS } from "./mod.ts";
import { createFakeShare, type FakeShare } from "./testing/fake-share.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = modes;

/** A namespace with a share at /share and a secret outside of it. */
function newWorld(options: { readOnly?: boolean; nodes?: number } = {}): FakeShare & { vfs: Vfs } {
  const share = createFakeShare(options);
  const vfs = createVfs({ root: createMemfs({ wallUs: () => 1 }) });
  vfs.umask = 0;
  vfs.mkdir("/share", 0o755);
  const limits = { ...SHARE_FS_LIMITS, nodes: options.nodes ?? SHARE_FS_LIMITS.nodes };
  vfs.mount("/share", createShareFs(share.device, limits));
  write(vfs, "/outside", "of the namespace");
  return { ...share, vfs };
}

function write(vfs: Vfs, path: string, text: string, flags = O_WRONLY | O_CREAT | O_TRUNC): number {
  const fd = vfs.open(path, flags, 0o644);
  if (fd < 0) return fd;
  const bytes = new TextEncoder().encode(text);
  const count = vfs.write(fd, bytes, 0, bytes.length, -1);
  vfs.close(fd);
  return count;
}

function read(vfs: Vfs, path: string): string | number {
  const fd = vfs.open(path, O_RDONLY, 0);
  if (fd < 0) return fd;
  const bytes = new Uint8Array(100);
  const count = vfs.read(fd, bytes, 0, bytes.length, -1);
  vfs.close(fd);
  return count < 0 ? count : new TextDecoder().decode(bytes.subarray(0, count));
}

t.test("files of the host are read, written, made, moved and removed", async (t) => {
  const { vfs, host } = newWorld();
  host.mkdir("/d", 0o755);
  write(host, "/d/f", "from the host");
  t.equal(read(vfs, "/share/d/f"), "from the host");
  t.equal(write(vfs, "/share/d/f", "from the app"), 12);
  t.equal(read(host, "/d/f"), "from the app");
  t.equal(vfs.mkdir("/share/d/new", 0o700), 0);
  t.equal(write(vfs, "/share/d/new/g", "x"), 1);
  t.equal(write(vfs, "/share/d/new/g", "y", O_WRONLY | O_APPEND), 1);
  t.equal(read(host, "/d/new/g"), "xy");
  t.equal(vfs.rename("/share/d/new", "/share/moved"), 0);
  t.equal(read(vfs, "/share/moved/g"), "xy");
  t.equal(vfs.link("/share/moved/g", "/share/h"), 0);
  t.equal(vfs.rename("/share/h", "/elsewhere"), -errno.EXDEV);
  t.equal(vfs.rmdir("/share/moved"), -errno.ENOTEMPTY);
  t.equal(vfs.unlink("/share/moved/g"), 0);
  t.equal(vfs.rmdir("/share/moved"), 0);
  t.equal(vfs.unlink("/share/d"), -errno.EISDIR);
  const seen: string[] = [];
  t.equal(
    vfs.readdir("/share", (name) => void seen.push(name)),
    2,
  );
  t.same(seen.toSorted(), ["d", "h"]);
});

t.test("what the host changes is seen at once", async (t) => {
  const { vfs, host } = newWorld();
  write(host, "/f", "one");
  t.equal(read(vfs, "/share/f"), "one");
  host.unlink("/f");
  t.equal(read(vfs, "/share/f"), -errno.ENOENT);
  host.mkdir("/f", 0o755);
  t.equal(read(vfs, "/share/f"), -errno.EISDIR);
});

t.test(
  "no path leaves the share: `..` and links lead through the app's own namespace",
  async (t) => {
    const { vfs, host, calls } = newWorld();
    host.mkdir("/d", 0o755);
    host.symlink("/outside", "/d/absolute");
    host.symlink("../../outside", "/d/relative");
    host.symlink("/", "/root");
    host.symlink("d", "/near");
    write(host, "/outside", "the host's");
    t.equal(read(vfs, "/share/d/absolute"), "of the namespace");
    t.equal(read(vfs, "/share/d/relative"), "of the namespace");
    t.equal(read(vfs, "/share/../outside"), "of the namespace");
    t.equal(read(vfs, "/share/root/outside"), "of the namespace");
    t.equal(read(vfs, "/share/near/../outside"), "the host's", "which lies in the share");
    t.equal(vfs.realpath("/share/near/absolute"), "/outside");
    t.equal(vfs.readlink("/share/d/relative"), "../../outside");
    t.equal(vfs.symlink("anywhere/at/all", "/share/new"), 0);
    t.equal(host.readlink("/new"), "anywhere/at/all");
    for (const call of calls) {
      const path = call.slice(call.indexOf(" ") + 1);
      const improper = path.split("/").some((part) => ["", ".", ".."].includes(part));
      t.notOk(path !== "" && improper, `the device was asked for a proper path: ${call}`);
    }
  },
);

t.test("a new file may be written though its mode forbids it (POSIX open)", async (t) => {
  const { vfs, host } = newWorld();
  const fd = vfs.open("/share/f", O_RDWR | O_CREAT | O_EXCL, 0o400);
  t.ok(fd >= 0);
  t.equal(vfs.write(fd, new Uint8Array(3), 0, 3, -1), 3);
  t.equal(vfs.open("/share/f", O_RDWR | O_CREAT | O_EXCL, 0o400), -errno.EEXIST);
  t.equal(vfs.close(fd), 0);
  t.equal(host.openFileCount(), 0, "no handle is left");
  const stat = createFileStat();
  vfs.stat("/share/f", stat);
  t.same([stat.mode & 0o777, stat.sizeBytes, stat.uid], [0o400, 3, 0]);
});

t.test("an open file lives on after it was removed", async (t) => {
  const { vfs } = newWorld();
  write(vfs, "/share/f", "text");
  const fd = vfs.open("/share/f", O_RDWR, 0);
  vfs.unlink("/share/f");
  const stat = createFileStat();
  t.equal(vfs.fstat(fd, stat), 0);
  t.equal(stat.sizeBytes, 4);
  t.equal(vfs.ftruncate(fd, 2), 0);
  t.equal(vfs.fsync(fd), 0);
  t.equal(vfs.read(fd, new Uint8Array(9), 0, 9, 0), 2);
  t.equal(vfs.close(fd), 0);
});

t.test("a read-only share answers EROFS", async (t) => {
  const { vfs, host } = newWorld({ readOnly: true });
  write(host, "/f", "text");
  t.equal(read(vfs, "/share/f"), "text");
  t.equal(write(vfs, "/share/f", "x"), -errno.EROFS);
  t.equal(write(vfs, "/share/g", "x"), -errno.EROFS);
  t.equal(vfs.mkdir("/share/d", 0o755), -errno.EROFS);
  t.equal(vfs.unlink("/share/f"), -errno.EROFS);
});

t.test("attributes: mode and times change, owners don't", async (t) => {
  const { vfs } = newWorld();
  write(vfs, "/share/f", "text");
  t.equal(vfs.chmod("/share/f", 0o600), 0);
  t.equal(vfs.utimes("/share/f", 5_000_000, 6_000_000, true), 0);
  const stat = createFileStat();
  vfs.stat("/share/f", stat);
  t.same([stat.mode & 0o777, stat.accessedUs, stat.modifiedUs], [0o600, 5_000_000, 6_000_000]);
  t.equal(vfs.chown("/share/f", 0, 0, true), 0);
  t.equal(vfs.chown("/share/f", 5, 5, true), -errno.EPERM);
  const space = createFileSystemStat();
  t.equal(vfs.statfs("/share", space), 0);
  t.ok(space.blocks > 0 && space.freeBlocks <= space.blocks && space.files > 0);
});

t.test("a mount point in a share moves with its folder", async (t) => {
  const { vfs } = newWorld({ nodes: 8 });
  vfs.mkdir("/share/a", 0o755);
  vfs.mkdir("/share/a/mnt", 0o755);
  vfs.mount("/share/a/mnt", createMemfs({ wallUs: () => 1 }));
  write(vfs, "/share/a/mnt/f", "inner");
  for (let i = 0; i < 50; i++) write(vfs, `/share/${i}`, "x");
  t.equal(read(vfs, "/share/a/mnt/f"), "inner", "though many paths passed the table of nodes");
  t.equal(vfs.rename("/share/a", "/share/b"), 0);
  t.equal(read(vfs, "/share/b/mnt/f"), "inner");
});

t.test("changes are told, in folders below too, and folders join and leave", async (t) => {
  const { vfs, host, announce, calls } = newWorld();
  host.mkdir("/d", 0o755);
  host.mkdir("/d/sub", 0o755);
  const flat: string[] = [];
  const deep: string[] = [];
  const flatWatch = vfs.watch("/share/d", false, (kind, name) => flat.push(`${kind} ${name}`));
  const deepWatch = vfs.watch("/share/d", true, (kind, name) => deep.push(`${kind} ${name}`));
  write(host, "/d/f", "x");
  write(host, "/d/sub/g", "");
  t.same(flat, [], "not before the device announces them");
  announce();
  t.same(flat, ["rename f", "change f"]);
  t.same(deep, ["rename f", "change f", "rename sub/g"]);
  host.mkdir("/d/new", 0o755);
  announce();
  write(host, "/d/new/h", "");
  announce();
  t.equal(deep.at(-1), "rename new/h");
  host.unlink("/d/new/h");
  host.rmdir("/d/new");
  announce();
  t.ok(calls.filter((call) => call.startsWith("unwatch")).length === 1, "a folder that went");
  vfs.unwatch(flatWatch);
  vfs.unwatch(deepWatch);
  t.equal(calls.filter((call) => call.startsWith("unwatch")).length, 4);
  const before = deep.length;
  write(host, "/d/after", "");
  announce();
  t.equal(deep.length, before);
});
