/** The namespace: walks, mounts, permissions, open files. memfs is what it stands on here. */
import t from "tap";
import { createMemfs } from "../memfs/mod.ts";
import {
  createFileStat,
  createVfs,
  errno,
  modes,
  VFS_LIMITS,
  type FileSystem,
  type Vfs,
} from "./mod.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_RDWR, O_WRONLY, O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = modes;

function newMemfs(): FileSystem {
  let nowUs = 0;
  return createMemfs({ wallUs: () => ++nowUs });
}

function newVfs(limits = {}): Vfs {
  return createVfs({ root: newMemfs() }, { ...VFS_LIMITS, ...limits });
}

function write(vfs: Vfs, path: string, text: string, flags = O_WRONLY | O_CREAT): number {
  const fd = vfs.open(path, flags, 0o666);
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

function names(vfs: Vfs, path: string): string[] {
  const found: string[] = [];
  vfs.readdir(path, (name) => void found.push(name));
  return found;
}

t.test("a walk follows 40 symbolic links and no more (POSIX.1-2017, 4.13)", async (t) => {
  const vfs = newVfs();
  write(vfs, "/target", "here");
  vfs.symlink("/target", "/l1");
  for (let i = 2; i <= 41; i++) vfs.symlink(`l${i - 1}`, `/l${i}`);
  t.equal(read(vfs, "/l40"), "here");
  t.equal(read(vfs, "/l41"), -errno.ELOOP);
  vfs.symlink("self", "/self");
  t.equal(read(vfs, "/self"), -errno.ELOOP);
  t.equal(vfs.open("/l1", O_RDONLY | O_NOFOLLOW, 0), -errno.ELOOP);
  t.equal(vfs.readlink("/self"), "self");
});

t.test("names and paths have the lengths of Linux, in bytes", async (t) => {
  const vfs = newVfs();
  t.equal(vfs.mkdir(`/${"a".repeat(255)}`, 0o777), 0);
  t.equal(vfs.mkdir(`/${"a".repeat(256)}`, 0o777), -errno.ENAMETOOLONG);
  t.equal(vfs.mkdir(`/${"é".repeat(127)}`, 0o777), 0);
  t.equal(vfs.mkdir(`/${"é".repeat(128)}`, 0o777), -errno.ENAMETOOLONG);
  t.equal(vfs.mkdir(`/${"😀".repeat(63)}`, 0o777), 0);
  t.equal(vfs.mkdir(`/${"😀".repeat(64)}`, 0o777), -errno.ENAMETOOLONG);
  const stat = createFileStat();
  t.equal(vfs.stat(`/${"./".repeat(2047)}`, stat), 0, "4,095 bytes");
  t.equal(vfs.stat(`/${"./".repeat(2048)}`, stat), -errno.ENAMETOOLONG);
  t.equal(vfs.symlink("x".repeat(4096), "/l"), -errno.ENAMETOOLONG);
  t.equal(vfs.stat("", stat), -errno.ENOENT);
});

t.test("mounts cover, cross by `..`, and are told in the real path", async (t) => {
  const vfs = newVfs();
  vfs.mkdir("/data", 0o755);
  write(vfs, "/data/covered", "below");
  const other = newMemfs();
  t.equal(vfs.mount("/data", other), 0);
  t.equal(read(vfs, "/data/covered"), -errno.ENOENT);
  vfs.mkdir("/data/in", 0o755);
  write(vfs, "/data/in/file", "above");
  write(vfs, "/top", "top");
  t.equal(read(vfs, "/data/in/../../top"), "top");
  t.equal(read(vfs, "/data/../data/in/file"), "above");
  t.equal(vfs.realpath("/data/in/.././in"), "/data/in");
  t.equal(vfs.rename("/data/in/file", "/file"), -errno.EXDEV);
  t.equal(vfs.link("/data/in/file", "/file"), -errno.EXDEV);
  t.equal(vfs.rmdir("/data"), -errno.EBUSY);
  t.equal(vfs.rename("/data", "/elsewhere"), -errno.EBUSY);
  const [a, b] = [createFileStat(), createFileStat()];
  vfs.stat("/data", a);
  vfs.stat("/", b);
  t.not(a.device, b.device);
  t.same(
    vfs.mounts().map(({ path, type }) => [path, type]),
    [
      ["/", "memfs"],
      ["/data", "memfs"],
    ],
  );
  t.equal(vfs.unmount("/data"), 0);
  t.equal(read(vfs, "/data/covered"), "below");
  t.equal(vfs.unmount("/data"), -errno.EINVAL);
  t.equal(vfs.unmount("/"), -errno.EINVAL);
});

t.test("a mount may cover the root, and another mount", async (t) => {
  const vfs = newVfs();
  write(vfs, "/old", "old");
  const upper = newMemfs();
  t.equal(vfs.mount("/", upper), 0);
  t.same(names(vfs, "/"), []);
  write(vfs, "/new", "new");
  t.same(names(vfs, "/.."), ["new"]);
  vfs.mkdir("/d", 0o755);
  t.equal(vfs.mount("/d", newMemfs()), 0);
  write(vfs, "/d/first", "1");
  t.equal(vfs.mount("/d", newMemfs()), 0);
  t.same(names(vfs, "/d"), []);
  t.same(names(vfs, "/d/.."), ["new", "d"]);
  t.equal(vfs.unmount("/d"), 0);
  t.same(names(vfs, "/d"), ["first"]);
});

t.test("a mount in use stays, and the table has a bound", async (t) => {
  const vfs = newVfs({ mounts: 3 });
  vfs.mkdir("/a", 0o755);
  vfs.mkdir("/b", 0o755);
  vfs.mkdir("/c", 0o755);
  t.equal(vfs.mount("/a", newMemfs()), 0);
  t.equal(vfs.mount("/b", newMemfs()), 0);
  t.equal(vfs.mount("/c", newMemfs()), -errno.EBUSY);
  t.equal(vfs.mount("/missing", newMemfs()), -errno.ENOENT);
  write(vfs, "/file", "");
  t.equal(vfs.mount("/file", newMemfs()), -errno.ENOTDIR);
  t.equal(vfs.mount("/c", { info: newMemfs().info }), -errno.ENOTSUP, "no synchronous face");
  const fd = vfs.open("/a", O_RDONLY | O_DIRECTORY, 0);
  t.equal(vfs.unmount("/a"), -errno.EBUSY, "an open file");
  vfs.close(fd);
  vfs.chdir("/a");
  t.equal(vfs.unmount("/a"), -errno.EBUSY, "the working directory");
  vfs.chdir("/");
  const watch = vfs.watch("/a", false, () => {});
  t.equal(vfs.unmount("/a"), -errno.EBUSY, "a watch");
  vfs.unwatch(watch);
  t.equal(vfs.unmount("/a"), 0);
});

t.test("a read-only mount answers EROFS to every change", async (t) => {
  const inner = newMemfs();
  const vfs = newVfs();
  vfs.mkdir("/w", 0o755);
  vfs.mkdir("/r", 0o755);
  vfs.mount("/w", inner);
  vfs.mount("/r", inner, { readOnly: true });
  write(vfs, "/w/file", "text");
  const stat = createFileStat();
  t.equal(read(vfs, "/r/file"), "text");
  t.equal(write(vfs, "/r/file", "x"), -errno.EROFS);
  t.equal(write(vfs, "/r/new", "x"), -errno.EROFS);
  t.equal(vfs.mkdir("/r/d", 0o755), -errno.EROFS);
  t.equal(vfs.mkdir("/r/file", 0o755), -errno.EEXIST, "what is there is seen first");
  t.equal(vfs.unlink("/r/file"), -errno.EROFS);
  t.equal(vfs.rmdir("/r/file"), -errno.EROFS);
  t.equal(vfs.rename("/r/file", "/r/other"), -errno.EROFS);
  t.equal(vfs.link("/r/file", "/r/other"), -errno.EROFS);
  t.equal(vfs.symlink("x", "/r/l"), -errno.EROFS);
  t.equal(vfs.chmod("/r/file", 0o600), -errno.EROFS);
  t.equal(vfs.chown("/r/file", 1, 1, true), -errno.EROFS);
  t.equal(vfs.utimes("/r/file", 1, 1, true), -errno.EROFS);
  t.equal(vfs.access("/r/file", modes.W_OK), -errno.EROFS);
  t.equal(vfs.stat("/r/file", stat), 0);
  t.equal(read(vfs, "/w/file"), "text");
});

t.test("a file system mounted twice is one: what goes in one place goes in both", async (t) => {
  const inner = newMemfs();
  const vfs = newVfs();
  vfs.mkdir("/a", 0o755);
  vfs.mkdir("/b", 0o755);
  vfs.mount("/a", inner);
  vfs.mount("/b", inner);
  write(vfs, "/a/f", "text");
  t.equal(read(vfs, "/b/f"), "text");
  t.equal(read(vfs, "/a/f"), "text");
  t.equal(vfs.unlink("/a/f"), 0);
  t.equal(read(vfs, "/b/f"), -errno.ENOENT, "the path cache did not keep it");
});

t.test("two namespaces over one file system see each other's changes at once", async (t) => {
  const shared = newMemfs();
  const one = createVfs({ root: shared });
  const two = createVfs({ root: shared });
  one.mkdir("/d", 0o755);
  write(one, "/d/f", "1");
  t.equal(read(two, "/d/f"), "1");
  one.rename("/d", "/e");
  t.equal(read(two, "/d/f"), -errno.ENOENT);
  t.equal(read(two, "/e/f"), "1");
  two.unlink("/e/f");
  write(two, "/e/f", "2");
  t.equal(read(one, "/e/f"), "2");
});

t.test("the path cache forgets what is removed, replaced and moved", async (t) => {
  const vfs = newVfs({ cachedPaths: 8 });
  vfs.mkdir("/d", 0o755);
  vfs.mkdir("/d/e", 0o755);
  write(vfs, "/d/e/f", "first");
  t.equal(read(vfs, "/d/e/f"), "first");
  write(vfs, "/d/e/g", "second");
  vfs.rename("/d/e/g", "/d/e/f");
  t.equal(read(vfs, "/d/e/f"), "second");
  t.equal(read(vfs, "/d/e/g"), -errno.ENOENT);
  vfs.rename("/d", "/moved");
  t.equal(read(vfs, "/d/e/f"), -errno.ENOENT);
  t.equal(read(vfs, "/moved/e/f"), "second");
  vfs.symlink("/moved", "/way");
  t.equal(read(vfs, "/way/e/f"), "second");
  vfs.unlink("/way/e/f");
  t.equal(read(vfs, "/moved/e/f"), -errno.ENOENT, "removed through a link");
  for (let i = 0; i < 50; i++) write(vfs, `/moved/e/${i}`, String(i));
  for (let i = 0; i < 50; i++) t.equal(read(vfs, `/moved/e/${i}`), String(i), "beyond the bound");
});

t.test("descriptors: the lowest is given first, and there is a bound", async (t) => {
  const vfs = newVfs({ openFiles: 6 });
  write(vfs, "/f", "text");
  const open = () => vfs.open("/f", O_RDONLY, 0);
  t.same([open(), open(), open(), open()], [3, 4, 5, -errno.EMFILE]);
  t.equal(vfs.open("/new", O_WRONLY | O_CREAT, 0o666), -errno.EMFILE);
  t.equal(vfs.access("/new", 0), -errno.ENOENT, "what can't be opened is not made");
  vfs.close(4);
  vfs.close(3);
  t.same([open(), open()], [3, 4]);
  t.equal(vfs.openFileCount(), 3);
  t.equal(vfs.close(9), -errno.EBADF);
  t.equal(vfs.read(9, new Uint8Array(1), 0, 1, -1), -errno.EBADF);
  vfs.stop();
  t.equal(vfs.openFileCount(), 0);
});

t.test("an open file lives on after its last name, and access modes hold", async (t) => {
  const vfs = newVfs();
  const fd = vfs.open("/f", O_RDWR | O_CREAT | O_EXCL, 0o666);
  t.equal(vfs.open("/f", O_RDWR | O_CREAT | O_EXCL, 0o666), -errno.EEXIST);
  vfs.unlink("/f");
  const bytes = new Uint8Array([1, 2, 3]);
  t.equal(vfs.write(fd, bytes, 0, 3, -1), 3);
  t.equal(vfs.read(fd, new Uint8Array(3), 0, 3, 0), 3);
  const stat = createFileStat();
  vfs.fstat(fd, stat);
  t.same([stat.linkCount, stat.sizeBytes], [0, 3]);
  vfs.close(fd);
  write(vfs, "/g", "x");
  const reader = vfs.open("/g", O_RDONLY, 0);
  t.equal(vfs.write(reader, bytes, 0, 3, -1), -errno.EBADF);
  t.equal(vfs.ftruncate(reader, 0), -errno.EINVAL);
  const writer = vfs.open("/g", O_WRONLY, 0);
  t.equal(vfs.read(writer, bytes, 0, 3, -1), -errno.EBADF);
});

t.test("append writes at the end, wherever the position is", async (t) => {
  const vfs = newVfs();
  write(vfs, "/f", "one ");
  const fd = vfs.open("/f", O_RDWR | O_APPEND, 0);
  const bytes = new TextEncoder().encode("two ");
  vfs.write(fd, bytes, 0, 4, 0);
  write(vfs, "/f", "three ", O_WRONLY | O_APPEND);
  vfs.write(fd, bytes, 0, 4, -1);
  t.equal(read(vfs, "/f"), "one two three two ");
  t.equal(vfs.read(fd, new Uint8Array(9), 0, 9, -1), 0, "the position is at the end");
});

t.test("streams stand behind descriptors 0 to 2", async (t) => {
  const vfs = newVfs();
  t.equal(vfs.write(1, new Uint8Array(1), 0, 1, -1), -errno.EBADF);
  const written: number[] = [];
  vfs.setStream(1, {
    read: () => -errno.EBADF,
    write(source, offset, length) {
      written.push(...source.subarray(offset, offset + length));
      return length;
    },
  });
  t.equal(vfs.write(1, new Uint8Array([7, 8, 9]), 1, 2, -1), 2);
  t.same(written, [8, 9]);
  t.equal(vfs.write(1, new Uint8Array(1), 0, 1, 0), -errno.ESPIPE);
  const stat = createFileStat();
  vfs.fstat(1, stat);
  t.equal(stat.mode & modes.S_IFMT, modes.S_IFCHR);
});

t.test("relative paths start in the working directory", async (t) => {
  const vfs = newVfs();
  vfs.mkdir("/a", 0o755);
  vfs.mkdir("/a/b", 0o755);
  vfs.symlink("/a/b", "/link");
  t.equal(vfs.chdir("link"), 0);
  t.equal(vfs.cwd(), "/a/b");
  write(vfs, "f", "text");
  t.equal(read(vfs, "/a/b/f"), "text");
  t.equal(read(vfs, "../b/./f"), "text");
  t.equal(vfs.realpath("."), "/a/b");
  t.equal(vfs.chdir("f"), -errno.ENOTDIR);
  t.equal(vfs.chdir("missing"), -errno.ENOENT);
});

t.test("permissions: one class of three decides (POSIX.1-2017, 4.5)", async (t) => {
  const vfs = newVfs();
  vfs.umask = 0;
  vfs.mkdir("/home", 0o777);
  vfs.setCredentials({ uid: 10, gid: 20, groups: [30] });
  write(vfs, "/home/mine", "text");
  vfs.chmod("/home/mine", 0o077);
  t.equal(read(vfs, "/home/mine"), -errno.EACCES, "the owner's class, though others may");
  vfs.chmod("/home/mine", 0o640);
  vfs.setCredentials({ uid: 11, gid: 20, groups: [] });
  t.equal(read(vfs, "/home/mine"), "text", "by group");
  t.equal(write(vfs, "/home/mine", "x"), -errno.EACCES);
  t.equal(vfs.chmod("/home/mine", 0o777), -errno.EPERM);
  t.equal(vfs.utimes("/home/mine", 1, 1, true), -errno.EACCES);
  t.equal(vfs.chown("/home/mine", 11, -1, true), -errno.EPERM);
  vfs.setCredentials({ uid: 12, gid: 99, groups: [20] });
  t.equal(read(vfs, "/home/mine"), "text", "by a further group");
  vfs.setCredentials({ uid: 13, gid: 99, groups: [] });
  t.equal(read(vfs, "/home/mine"), -errno.EACCES);
  t.equal(vfs.access("/home/mine", modes.R_OK), -errno.EACCES);
  t.equal(vfs.access("/home/mine", modes.F_OK), 0);
  vfs.setCredentials({ uid: 10, gid: 20, groups: [30] });
  t.equal(vfs.chown("/home/mine", -1, 30, true), 0, "to a group of one's own");
  t.equal(vfs.chown("/home/mine", -1, 31, true), -errno.EPERM);
});

t.test("directories: search to pass, write to change, and the sticky bit", async (t) => {
  const vfs = newVfs();
  vfs.umask = 0;
  vfs.mkdir("/d", 0o755);
  vfs.mkdir("/tmp", 0o1777);
  write(vfs, "/d/f", "text");
  write(vfs, "/tmp/root's", "text");
  const user = { uid: 10, gid: 10, groups: [] };
  vfs.setCredentials(user);
  t.equal(read(vfs, "/d/f"), "text");
  t.equal(vfs.unlink("/d/f"), -errno.EACCES);
  t.equal(write(vfs, "/d/new", "x"), -errno.EACCES);
  t.equal(vfs.rename("/d/f", "/tmp/f"), -errno.EACCES);
  t.equal(vfs.unlink("/tmp/root's"), -errno.EPERM, "sticky");
  t.equal(vfs.rename("/tmp/root's", "/tmp/mine"), -errno.EPERM);
  t.equal(write(vfs, "/tmp/mine", "x"), 1);
  t.equal(vfs.unlink("/tmp/mine"), 0);
  vfs.setCredentials({ uid: 0, gid: 0, groups: [] });
  vfs.chmod("/d", 0o700);
  vfs.setCredentials(user);
  t.equal(read(vfs, "/d/f"), -errno.EACCES, "the cache does not remember what is forbidden since");
  t.equal(vfs.chdir("/d"), -errno.EACCES);
});

t.test("umask takes bits from what is made", async (t) => {
  const vfs = newVfs();
  vfs.umask = 0o027;
  vfs.mkdir("/d", 0o777);
  write(vfs, "/f", "");
  const stat = createFileStat();
  vfs.stat("/d", stat);
  t.equal(stat.mode & 0o777, 0o750);
  vfs.stat("/f", stat);
  t.equal(stat.mode & 0o777, 0o640);
});

t.test("watches have a bound", async (t) => {
  const vfs = newVfs({ watches: 2 });
  t.equal(
    vfs.watch("/", false, () => {}),
    0,
  );
  t.equal(
    vfs.watch("/", false, () => {}),
    1,
  );
  t.equal(
    vfs.watch("/", false, () => {}),
    -errno.ENOSPC,
  );
  vfs.unwatch(0);
  t.ok(vfs.watch("/", false, () => {}) >= 0);
});

t.test("counters tell what passed through", async (t) => {
  const vfs = newVfs();
  write(vfs, "/f", "12345");
  read(vfs, "/f");
  t.same({ ...vfs.counters }, { opens: 2, reads: 1, readBytes: 5, writes: 1, writtenBytes: 5 });
});
