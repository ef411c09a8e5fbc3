import { type ChildProcess, spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import t from "tap";
import type { ShareOpenFlags } from "../../libos/hal/mod.ts";
import { createFolderShare, type FolderShare } from "./folder-share.ts";
import { openFolder } from "./folder-walk.ts";
import { createJobQueue } from "./jobs.ts";

const [ENOENT, EBADF, ENOTDIR, EMFILE, ELOOP] = [-2, -9, -20, -24, -40];
const READ: ShareOpenFlags = {
  read: true,
  write: false,
  create: false,
  exclusive: false,
  truncate: false,
  append: false,
};

/** A folder "shared" with a secret beside it. */
function makeFolder(t: { teardown(action: () => void): void }): { base: string; root: string } {
  const base = fs.mkdtempSync(path.join(os.tmpdir(), "libos-share-"));
  t.teardown(() => fs.rmSync(base, { recursive: true, force: true }));
  const root = path.join(base, "shared");
  fs.mkdirSync(path.join(base, "outside"));
  fs.writeFileSync(path.join(base, "outside", "file"), "outside");
  fs.mkdirSync(root);
  return { base, root };
}

function open(root: string, maxHandles?: number): FolderShare {
  const limit = maxHandles === undefined ? {} : { maxHandles };
  return createFolderShare(fs, createJobQueue().schedule, { name: "s", path: root, ...limit });
}

/** Swaps shared/door between a folder and a link to the outside, as fast as it can. */
const SWAPPER = `
  const fs = require("node:fs");
  process.chdir(process.argv[1]);
  fs.mkdirSync("inner"); fs.writeFileSync("inner/file", "inside"); fs.symlinkSync("../outside", "link");
  process.send("ready");
  for (;;) {
    fs.renameSync("inner", "door"); fs.renameSync("door", "inner");
    fs.renameSync("link", "door"); fs.renameSync("door", "link");
  }`;

function startSwapper(root: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["-e", SWAPPER, root], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  return new Promise((resolve) => child.once("message", () => resolve(child)));
}

const needsProc = fs.existsSync("/proc/self/fd") ? {} : { skip: "only with /proc/self/fd" };

t.test("a race with renames and links never leads out of the folder", needsProc, async (t) => {
  const { base, root } = makeFolder(t);
  const share = open(root);
  const swapper = await startSwapper(root);
  const seen = new Map<string | number, number>();
  const bytes = new Uint8Array(20);
  const endMs = performance.now() + 1500;
  while (performance.now() < endMs) {
    const handle = share.open("door/file", READ, 0);
    let result: string | number = handle;
    if (handle >= 0) {
      const count = share.read(handle, bytes, 0, 20, 0);
      result = Buffer.from(bytes.subarray(0, count)).toString();
      share.close(handle);
    }
    seen.set(result, (seen.get(result) ?? 0) + 1);
    share.mkdir("door/made", 0o755);
    share.rmdir("door/made");
  }
  swapper.kill("SIGKILL");
  share.dispose();
  const allowed = new Set<string | number>(["inside", ENOENT!, ELOOP!, ENOTDIR!]);
  t.strictSame(
    [...seen.keys()].filter((result) => !allowed.has(result)),
    [],
  );
  t.strictSame(fs.readdirSync(path.join(base, "outside")), ["file"]);
  t.comment(JSON.stringify([...seen]));
});

t.test("without descriptors, links are looked for before every step", async (t) => {
  const { root } = makeFolder(t);
  fs.symlinkSync("..", path.join(root, "up"));
  fs.writeFileSync(path.join(root, "file"), "");
  const walk = openFolder(fs, root, false);
  const lstat = (hostPath: string): number => fs.lstatSync(hostPath).size;
  t.equal(walk.at("up/outside/file", lstat), ELOOP);
  t.equal(walk.at("nothing/file", lstat), ENOENT);
  t.equal(walk.at("file", lstat), 0);
  t.equal(walk.at("file/x", lstat), ENOTDIR);
  t.equal(walk.pin("up"), ELOOP);
  t.equal(walk.at("up", lstat), 2, "the last link itself may be looked at");
  t.equal(typeof walk.pin("file"), "object");
  walk.close();
});

t.test("a share opens as many files as it may, and no more", async (t) => {
  const { root } = makeFolder(t);
  fs.writeFileSync(path.join(root, "file"), "");
  const share = open(root, 3);
  t.strictSame(
    [0, 1, 2].map(() => share.open("file", READ, 0)),
    [0, 1, 2],
  );
  t.equal(share.open("file", READ, 0), EMFILE);
  share.close(1);
  t.equal(share.open("file", READ, 0), 1);
  share.dispose();
});

t.test("a share that was disposed answers EBADF, and leaks no descriptor", needsProc, async (t) => {
  const { root } = makeFolder(t);
  fs.writeFileSync(path.join(root, "file"), "");
  const count = (): number => fs.readdirSync("/proc/self/fd").length;
  const before = count();
  const share = open(root);
  share.open("file", READ, 0);
  share.watch("file");
  for (let round = 0; round < 20; round++) {
    share.open("nothing/x", READ, 0);
    share.readdir("file");
    share.watch("nothing");
    share.chmod("nothing", 0o600);
  }
  share.dispose();
  share.dispose();
  t.equal(share.open("file", READ, 0), EBADF);
  t.equal(share.readdir(""), EBADF);
  t.equal(share.watch(""), EBADF);
  await new Promise((resolve) => setTimeout(resolve, 20));
  // The first watch of a process opens the event loop's own inotify descriptor.
  t.ok(count() <= before + 1, `${before}, then ${count()}`);
});

t.test("a folder that is not there is refused when the share is made", async (t) => {
  const { root } = makeFolder(t);
  t.throws(() => open(path.join(root, "nothing")), { code: "ENOENT" });
  fs.writeFileSync(path.join(root, "file"), "");
  t.throws(() => open(path.join(root, "file")), { code: "ENOTDIR" });
});

t.test("more changes than are kept become one that says: look again", async (t) => {
  const { root } = makeFolder(t);
  const share = open(root);
  share.watch("");
  for (let index = 0; index < 1500; index++) fs.writeFileSync(path.join(root, `f${index}`), "");
  await new Promise((resolve) => setTimeout(resolve, 300));
  const names: string[] = [];
  share.changes((_watch, _kind, name) => names.push(name));
  t.ok(names.length <= 1026, `${names.length}`);
  t.ok(names.includes(""));
  share.dispose();
});
