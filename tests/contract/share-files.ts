/** `ShareDevice` (libos/hal/share-device.ts): files and their handles. */
import assert from "node:assert/strict";
import type { ShareDevice, ShareOpenFlags, ShareStat } from "../../libos/hal/mod.ts";
import {
  type ContractHarness,
  type SystemUnderTest,
  testSystem,
  type TestFunction,
} from "./harness.ts";

export const ENOENT = -2;
export const EBADF = -9;
export const EEXIST = -17;
export const ENOTDIR = -20;
export const EISDIR = -21;
export const EINVAL = -22;
export const EROFS = -30;
export const ENOTEMPTY = -39;
export const ELOOP = -40;

export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFLNK = 0o120000;

export type Share = NonNullable<SystemUnderTest["share"]>;

/** Adds a test that needs a share. */
export function testShare(
  harness: ContractHarness,
  test: TestFunction,
  name: string,
  run: (share: Share, system: SystemUnderTest) => Promise<void>,
): void {
  if (!harness.devices.includes("share")) return;
  testSystem(harness, test, name, (system) => run(system.share!, system));
}

export function emptyStat(): ShareStat {
  return {
    mode: 0,
    sizeBytes: 0,
    inode: 0,
    linkCount: 0,
    accessedUs: 0,
    modifiedUs: 0,
    changedUs: 0,
    createdUs: 0,
  };
}

/** @returns What the share says, or fails. */
export function statOf(device: ShareDevice, path: string): ShareStat {
  const stat = emptyStat();
  assert.equal(device.stat(path, stat), 0, `stat of ${path}`);
  return stat;
}

export const READ: ShareOpenFlags = {
  read: true,
  write: false,
  create: false,
  exclusive: false,
  truncate: false,
  append: false,
};
export const WRITE: ShareOpenFlags = { ...READ, read: false, write: true };
export const READ_WRITE: ShareOpenFlags = { ...READ, write: true };
export const CREATE: ShareOpenFlags = { ...READ_WRITE, create: true };

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
export const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Opens, or fails. @returns The handle. */
export function openFile(device: ShareDevice, path: string, flags: ShareOpenFlags): number {
  const handle = device.open(path, flags, 0o644);
  assert.ok(handle >= 0, `open of ${path}: ${handle}`);
  return handle;
}

function readText(device: ShareDevice, handle: number, length: number, position = 0): string {
  const bytes = new Uint8Array(length);
  const count = device.read(handle, bytes, 0, length, position);
  assert.ok(count >= 0, `read: ${count}`);
  return decode(bytes.subarray(0, count));
}

export function shareFilesContract(harness: ContractHarness, test: TestFunction): void {
  testShare(
    harness,
    test,
    "a share writes what the host reads, and back",
    async ({ device, host }) => {
      const handle = openFile(device, "a.txt", CREATE);
      assert.equal(device.write(handle, encode("hello, host"), 0, 11, 0), 11);
      assert.equal(device.sync(handle), 0);
      assert.equal(device.close(handle), 0);
      assert.equal(host.read("a.txt"), "hello, host");
      host.write("b.txt", "hello, libos");
      const other = openFile(device, "b.txt", READ);
      assert.equal(readText(device, other, 100), "hello, libos");
      assert.equal(readText(device, other, 5, 7), "libos");
      assert.equal(readText(device, other, 5, 100), "", "behind the end");
      device.close(other);
    },
  );

  testShare(harness, test, "reads and writes keep to their range", async ({ device }) => {
    const handle = openFile(device, "a", CREATE);
    assert.equal(device.write(handle, encode("..middle.."), 2, 6, 4), 6);
    const bytes = new Uint8Array(12).fill(0x2a);
    assert.equal(device.read(handle, bytes, 1, 10, 0), 10);
    assert.equal(decode(bytes), "*\0\0\0\0middle*");
    bytes.fill(0x2a);
    assert.equal(device.read(handle, bytes, 2, 3, 4), 3);
    assert.equal(decode(bytes), "**mid*******");
    assert.equal(device.write(handle, encode("x"), 0, 0, 0), 0);
    device.close(handle);
  });

  testShare(
    harness,
    test,
    "stat says type, permissions, size and times",
    async ({ device, host }, { hal }) => {
      host.write("file", "12345");
      host.mkdir("folder");
      host.symlink("file", "link");
      const file = statOf(device, "file");
      assert.equal(file.mode & S_IFMT, S_IFREG);
      assert.equal(file.sizeBytes, 5);
      assert.equal(file.linkCount, 1);
      const nowUs = hal.clock.wallUs();
      for (const us of [file.accessedUs, file.modifiedUs, file.changedUs]) {
        assert.ok(Number.isInteger(us) && Math.abs(us - nowUs) < 60e6, `${us} at ${nowUs}`);
      }
      assert.equal(statOf(device, "folder").mode & S_IFMT, S_IFDIR);
      assert.equal(statOf(device, "link").mode & S_IFMT, S_IFLNK, "the link itself");
      assert.equal(statOf(device, "").mode & S_IFMT, S_IFDIR, "the root");
      assert.equal(device.stat("nothing", emptyStat()), ENOENT);
      assert.equal(device.stat("file/below", emptyStat()), ENOTDIR);
      assert.notEqual(statOf(device, "folder").inode, file.inode);
    },
  );

  testShare(harness, test, "chmod and utimes change what stat says", async ({ device }) => {
    device.close(openFile(device, "a", CREATE));
    assert.equal(device.chmod("a", 0o600), 0);
    assert.equal(statOf(device, "a").mode & 0o7777, 0o600);
    const times = [1_600_000_000_000_000, 1_700_000_000_500_000] as const;
    assert.equal(device.utimes("a", ...times), 0);
    const stat = statOf(device, "a");
    assert.deepEqual([stat.accessedUs, stat.modifiedUs], times);
    assert.equal(device.chmod("nothing", 0o600), ENOENT);
    assert.equal(device.utimes("nothing", 0, 0), ENOENT);
  });

  testShare(harness, test, "open does what its flags say", async ({ device, host }) => {
    host.write("old", "content");
    assert.equal(device.open("nothing", READ, 0), ENOENT);
    assert.equal(device.open("nothing", WRITE, 0), ENOENT);
    assert.equal(device.open("old", { ...CREATE, exclusive: true }, 0o644), EEXIST);
    device.close(openFile(device, "old", CREATE));
    assert.equal(host.read("old"), "content", "create keeps what is there");
    const append = openFile(device, "old", { ...WRITE, append: true });
    device.write(append, encode("!"), 0, 1, 0);
    device.close(append);
    assert.equal(host.read("old"), "content!");
    device.close(openFile(device, "old", { ...READ_WRITE, truncate: true }));
    assert.equal(host.read("old"), "");
    const made = device.open("new", { ...CREATE, exclusive: true }, 0o600);
    assert.ok(made >= 0);
    device.close(made);
    assert.equal(statOf(device, "new").mode & 0o7777, 0o600);
    const reader = openFile(device, "old", READ);
    assert.equal(device.write(reader, encode("x"), 0, 1, 0), EBADF, "opened for reading");
    device.close(reader);
  });

  testShare(harness, test, "a handle lives on after its file was unlinked", async ({ device }) => {
    const handle = openFile(device, "a", CREATE);
    device.write(handle, encode("still here"), 0, 10, 0);
    assert.equal(device.unlink("a"), 0);
    assert.equal(device.stat("a", emptyStat()), ENOENT);
    assert.equal(readText(device, handle, 100), "still here");
    const stat = emptyStat();
    assert.equal(device.statHandle(handle, stat), 0);
    assert.equal(stat.sizeBytes, 10);
    assert.equal(stat.linkCount, 0);
    assert.equal(device.truncate(handle, 5), 0);
    assert.equal(readText(device, handle, 100), "still");
    assert.equal(device.close(handle), 0);
  });

  testShare(
    harness,
    test,
    "a handle that is closed, or never was, gets EBADF",
    async ({ device }) => {
      const handle = openFile(device, "a", CREATE);
      device.close(handle);
      const bytes = new Uint8Array(4);
      for (const bad of [handle, 999, -1]) {
        assert.equal(device.close(bad), EBADF);
        assert.equal(device.read(bad, bytes, 0, 4, 0), EBADF);
        assert.equal(device.write(bad, bytes, 0, 4, 0), EBADF);
        assert.equal(device.truncate(bad, 0), EBADF);
        assert.equal(device.sync(bad), EBADF);
        assert.equal(device.statHandle(bad, emptyStat()), EBADF);
      }
    },
  );

  testShare(harness, test, "a folder is opened for reading only", async ({ device, host }) => {
    host.mkdir("folder");
    const handle = openFile(device, "folder", READ);
    assert.equal(device.sync(handle), 0);
    assert.equal(device.read(handle, new Uint8Array(4), 0, 4, 0), EISDIR);
    device.close(handle);
    assert.equal(device.open("folder", READ_WRITE, 0), EISDIR);
  });

  testShare(harness, test, "a share counts the host's space", async ({ device }) => {
    const space = new Float64Array(4);
    assert.equal(device.statfs(space), 0);
    assert.ok(space[0]! > 0 && space[1]! >= 0 && space[1]! <= space[0]!, space.join(" "));
  });
}
