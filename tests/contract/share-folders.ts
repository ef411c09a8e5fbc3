/** `ShareDevice` (libos/hal/share-device.ts): names, folders, links and changes. */
import assert from "node:assert/strict";
import type { ContractHarness, TestFunction } from "./harness.ts";
import {
  CREATE,
  EEXIST,
  EINVAL,
  EISDIR,
  emptyStat,
  encode,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  openFile,
  READ,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  statOf,
  testShare,
} from "./share-files.ts";

export function shareFoldersContract(harness: ContractHarness, test: TestFunction): void {
  testShare(harness, test, "readdir lists names with their types", async ({ device, host }) => {
    host.write("file", "");
    host.mkdir("folder");
    host.symlink("file", "link");
    host.write("folder/ümläut ☃", "");
    const entries = device.readdir("");
    assert.ok(typeof entries !== "number");
    const listed = entries.map(({ name, type }) => [name, type & S_IFMT]);
    assert.deepEqual(
      listed.toSorted(([a], [b]) => (a! < b! ? -1 : 1)),
      [
        ["file", S_IFREG],
        ["folder", S_IFDIR],
        ["link", S_IFLNK],
      ],
    );
    const below = device.readdir("folder");
    assert.ok(typeof below !== "number");
    assert.deepEqual(
      below.map(({ name }) => name),
      ["ümläut ☃"],
    );
    assert.equal(device.readdir("nothing"), ENOENT);
    assert.equal(device.readdir("file"), ENOTDIR);
  });

  testShare(harness, test, "folders are made and removed", async ({ device }) => {
    assert.equal(device.mkdir("a", 0o755), 0);
    assert.equal(device.mkdir("a/b", 0o700), 0);
    assert.equal(statOf(device, "a/b").mode & 0o7777, 0o700);
    assert.equal(device.mkdir("a", 0o755), EEXIST);
    assert.equal(device.mkdir("x/y", 0o755), ENOENT);
    assert.equal(device.rmdir("a"), ENOTEMPTY);
    assert.equal(device.unlink("a"), EISDIR);
    assert.equal(device.rmdir("a/b"), 0);
    assert.equal(device.rmdir("a"), 0);
    assert.equal(device.rmdir("a"), ENOENT);
    device.close(openFile(device, "file", CREATE));
    assert.equal(device.rmdir("file"), ENOTDIR);
    assert.equal(device.unlink("file"), 0);
    assert.equal(device.unlink("file"), ENOENT);
  });

  testShare(harness, test, "rename moves, and replaces", async ({ device, host }) => {
    host.write("a", "new");
    host.write("b", "old");
    host.mkdir("folder");
    assert.equal(device.rename("a", "b"), 0);
    assert.equal(host.read("b"), "new");
    assert.equal(device.rename("b", "folder/c"), 0);
    assert.equal(host.read("folder/c"), "new");
    assert.equal(device.rename("nothing", "x"), ENOENT);
    assert.equal(device.rename("folder/c", "nowhere/c"), ENOENT);
    assert.equal(device.rename("folder", "folder/below"), EINVAL);
  });

  testShare(harness, test, "hard links share a file", async ({ device, host }) => {
    host.write("a", "text");
    assert.equal(device.link("a", "b"), 0);
    assert.equal(statOf(device, "a").inode, statOf(device, "b").inode);
    assert.equal(statOf(device, "a").linkCount, 2);
    assert.equal(device.link("a", "b"), EEXIST);
    assert.equal(device.link("nothing", "c"), ENOENT);
  });

  testShare(harness, test, "symbolic links hold any text", async ({ device, host }) => {
    for (const target of ["file", "../../etc/passwd", "/etc/passwd", "no/such/thing"]) {
      assert.equal(device.symlink(target, "link"), 0);
      assert.equal(device.readlink("link"), target);
      assert.equal(statOf(device, "link").mode & S_IFMT, S_IFLNK);
      assert.equal(device.symlink("other", "link"), EEXIST);
      assert.equal(device.unlink("link"), 0);
    }
    host.write("file", "");
    assert.equal(device.readlink("file"), EINVAL);
    assert.equal(device.readlink("nothing"), ENOENT);
  });

  testShare(harness, test, "the root is neither removed nor replaced", async ({ device, host }) => {
    host.mkdir("folder");
    for (const result of [
      device.rmdir(""),
      device.unlink(""),
      device.mkdir("", 0o755),
      device.rename("", "x"),
      device.rename("folder", ""),
      device.symlink("x", ""),
      device.link("", "x"),
      device.open("", { ...CREATE, exclusive: true }, 0o644),
    ]) {
      assert.ok(result < 0, `${result}`);
    }
    const handle = openFile(device, "", READ);
    assert.equal(device.sync(handle), 0);
    device.close(handle);
  });

  testShare(
    harness,
    test,
    "changes are announced and fetched",
    async ({ device, host }, system) => {
      host.mkdir("folder");
      const seen: [number, string][] = [];
      device.onReady(() => {
        let calls = 0;
        const count = device.changes((watch, kind, name) => {
          calls++;
          assert.ok(kind === "change" || kind === "rename");
          seen.push([watch, name]);
        });
        assert.equal(count, calls);
      });
      const watch = device.watch("folder");
      assert.ok(watch >= 0, `${watch}`);
      await system.until(() => false, 100_000);
      const has = (name: string) => () =>
        seen.some((each) => each[0] === watch && each[1] === name);
      host.write("folder/a", "1");
      assert.ok(await system.until(has("a")), "made by the host");
      const handle = openFile(device, "folder/b", CREATE);
      device.write(handle, encode("x"), 0, 1, 0);
      device.close(handle);
      assert.ok(await system.until(has("b")), "made by the system");
      host.write("beside", "1");
      assert.equal(device.unwatch(watch), 0);
      seen.length = 0;
      host.write("folder/c", "1");
      await system.until(() => false, 100_000);
      assert.deepEqual(seen, [], "nothing of a watch that has ended");
      assert.ok(device.unwatch(watch) < 0);
      assert.equal(device.watch("nothing"), ENOENT);
    },
  );

  testShare(
    harness,
    test,
    "one file is watched under an empty name",
    async ({ device, host }, system) => {
      host.write("file", "1");
      const names = new Set<string>();
      device.onReady(() => device.changes((_watch, _kind, name) => names.add(name)));
      assert.ok(device.watch("file") >= 0);
      await system.until(() => false, 100_000);
      host.write("file", "2");
      assert.ok(await system.until(() => names.size > 0));
      assert.deepEqual([...names], [""]);
      assert.equal(device.stat("file", emptyStat()), 0);
    },
  );
}
