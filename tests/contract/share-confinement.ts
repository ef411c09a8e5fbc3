/** `ShareDevice` (libos/hal/share-device.ts): nothing outside of the folder can be reached. */
import assert from "node:assert/strict";
import type { ShareDevice } from "../../libos/hal/mod.ts";
import type { ContractHarness, TestFunction } from "./harness.ts";
import {
  CREATE,
  decode,
  EINVAL,
  ELOOP,
  emptyStat,
  ENOENT,
  EROFS,
  openFile,
  READ,
  READ_WRITE,
  testShare,
} from "./share-files.ts";

/** Every call that takes a path, for one path. */
function callsOf(device: ShareDevice, path: string): Readonly<Record<string, () => unknown>> {
  return {
    stat: () => device.stat(path, emptyStat()),
    readdir: () => device.readdir(path),
    readlink: () => device.readlink(path),
    open: () => device.open(path, READ, 0),
    create: () => device.open(path, CREATE, 0o644),
    mkdir: () => device.mkdir(path, 0o755),
    unlink: () => device.unlink(path),
    rmdir: () => device.rmdir(path),
    renameFrom: () => device.rename(path, "target"),
    renameTo: () => device.rename("plain", path),
    linkFrom: () => device.link(path, "target"),
    linkTo: () => device.link("plain", path),
    symlink: () => device.symlink("x", path),
    chmod: () => device.chmod(path, 0o777),
    utimes: () => device.utimes(path, 0, 0),
    watch: () => device.watch(path),
  };
}

export function shareConfinementContract(harness: ContractHarness, test: TestFunction): void {
  testShare(
    harness,
    test,
    "improper paths get EINVAL from every call",
    async ({ device, host }) => {
      host.mkdir("folder");
      host.write("plain", "");
      const { outside } = host;
      for (const path of [
        "..",
        `../${outside.path}`,
        `folder/../../${outside.path}`,
        "folder/..",
        ".",
        "./plain",
        "folder/.",
        "/plain",
        "/etc/passwd",
        "folder//x",
        "folder/",
        "/",
        "a\0b",
      ]) {
        for (const [name, call] of Object.entries(callsOf(device, path))) {
          assert.equal(call(), EINVAL, `${name} of ${JSON.stringify(path)}`);
        }
      }
    },
  );

  testShare(
    harness,
    test,
    "a link on the way gets ELOOP from every call",
    async ({ device, host }) => {
      host.write("plain", "");
      host.mkdir("folder");
      host.symlink("..", "up");
      host.symlink("folder", "inside");
      host.symlink("/", "folder/root");
      const { outside } = host;
      for (const path of [`up/${outside.path}`, "inside/x", "folder/root/etc/passwd", "up/up"]) {
        for (const [name, call] of Object.entries(callsOf(device, path))) {
          assert.equal(call(), ELOOP, `${name} of ${path}`);
        }
      }
    },
  );

  testShare(harness, test, "a link at the end is never followed", async ({ device, host }) => {
    const { outside } = host;
    host.write("target", "t");
    for (const target of [`../${outside.path}`, "/etc/passwd", "target", "."]) {
      host.symlink(target, "link");
      assert.equal(device.open("link", READ, 0), ELOOP, target);
      assert.equal(device.open("link", READ_WRITE, 0), ELOOP);
      assert.equal(device.open("link", { ...CREATE, truncate: true }, 0o644), ELOOP);
      assert.equal(device.readdir("link"), ELOOP);
      assert.equal(device.chmod("link", 0o777), ELOOP);
      assert.equal(device.watch("link"), ELOOP);
      host.remove("link");
    }
    host.symlink(`../${outside.path}-new`, "link");
    assert.equal(device.open("link", CREATE, 0o644), ELOOP, "nothing is made behind a link");
    assert.equal(device.mkdir("link", 0o755), -17);
    assert.equal(device.link("link", "second"), 0, "the link itself is linked");
    assert.equal(device.readlink("second"), `../${outside.path}-new`);
    assert.equal(host.read(`../${outside.path}`), outside.text, "what lies outside is untouched");
  });

  testShare(
    harness,
    test,
    "what is neither file nor folder is not opened",
    async ({ device, host }) => {
      host.mkfifo("fifo");
      assert.ok(device.open("fifo", READ, 0) < 0);
      assert.ok(device.open("fifo", READ_WRITE, 0) < 0);
      assert.equal(device.stat("fifo", emptyStat()), 0);
    },
  );

  testShare(harness, test, "a read-only share answers EROFS to every change", async (share) => {
    const { device, readOnly, host } = share;
    assert.equal(readOnly.readOnly, true);
    assert.equal(device.readOnly, false);
    host.write("file", "text");
    host.mkdir("folder");
    for (const path of ["file", "new", "folder"]) {
      const calls = callsOf(readOnly, path);
      for (const name of ["mkdir", "unlink", "rmdir", "renameFrom", "renameTo", "linkFrom"]) {
        assert.equal(calls[name]!(), EROFS, `${name} of ${path}`);
      }
      for (const name of ["linkTo", "symlink", "chmod", "utimes"]) {
        assert.equal(calls[name]!(), EROFS, `${name} of ${path}`);
      }
      assert.equal(readOnly.open(path, CREATE, 0o644), EROFS);
      assert.equal(readOnly.open(path, { ...READ, truncate: true }, 0), EROFS);
    }
    assert.equal(readOnly.open("new", { ...READ, create: true }, 0o644), EROFS);
    assert.equal(readOnly.open("new", READ, 0), ENOENT);
    const handle = openFile(readOnly, "file", READ);
    const bytes = new Uint8Array(10);
    assert.equal(readOnly.read(handle, bytes, 0, 10, 0), 4);
    assert.equal(decode(bytes.subarray(0, 4)), "text");
    assert.ok(readOnly.write(handle, bytes, 0, 1, 0) < 0);
    assert.ok(readOnly.truncate(handle, 0) < 0);
    readOnly.close(handle);
    assert.equal(host.read("file"), "text");
  });
}
