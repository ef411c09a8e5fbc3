/** Operations on whole trees: `cp`, `rm`, `opendir`, `readdir`; `cp` beside that of node:fs. */
import nodeFs from "node:fs";
import os from "node:os";
import nodePath from "node:path";
import t from "tap";
import type { Fs } from "./mod.ts";
import { makeFs } from "./testing/make-fs.ts";

/** Everything below a folder: type, mode and content by relative path. */
function listTree(fs: Fs, folder: string, below = ""): Record<string, string> {
  const tree: Record<string, string> = {};
  for (const name of fs.readdirSync(`${folder}/${below}`)) {
    const path = `${folder}/${below}${name}`;
    const stats = fs.lstatSync(path);
    const mode = (stats.mode & 0o777).toString(8);
    if (stats.isSymbolicLink()) tree[below + name] = `-> ${fs.readlinkSync(path)}`;
    else if (stats.isFile()) tree[below + name] = `${mode} ${fs.readFileSync(path, "utf8")}`;
    else
      Object.assign(tree, { [`${below}${name}/`]: mode }, listTree(fs, folder, `${below}${name}/`));
  }
  return tree;
}

function makeTree(fs: Fs, folder: string): void {
  fs.mkdirSync(`${folder}/from/a/b`, { recursive: true });
  fs.writeFileSync(`${folder}/from/one`, "1", { mode: 0o640 });
  fs.writeFileSync(`${folder}/from/a/two`, "2");
  fs.writeFileSync(`${folder}/from/a/b/three`, "3");
  fs.symlinkSync("two", `${folder}/from/a/link`);
  fs.symlinkSync("/nowhere", `${folder}/from/a/dangling`);
  fs.mkdirSync(`${folder}/to/a`, { recursive: true });
  fs.writeFileSync(`${folder}/to/a/two`, "old");
  fs.writeFileSync(`${folder}/to/kept`, "kept");
  fs.writeFileSync(`${folder}/file`, "file");
}

type CopyArguments = [from: string, to: string, options?: nodeFs.CopySyncOptions];

const COPIES: readonly CopyArguments[] = [
  ["from", "to"],
  ["from", "to", { recursive: true }],
  ["from", "new/deep", { recursive: true }],
  ["from", "to", { recursive: true, force: false }],
  ["from", "new", { recursive: true, verbatimSymlinks: true }],
  ["from/one", "new/one"],
  ["from/one", "to/kept"],
  ["from/one", "to/kept", { force: false, errorOnExist: true }],
  ["from/one", "to/a"],
  ["from/a", "file", { recursive: true }],
  ["from", "from", { recursive: true }],
  ["from", "from/a/below", { recursive: true }],
  ["from/one", "from/one"],
  ["missing", "to/x", { recursive: true }],
  ["from/a/b", "new", { recursive: true, filter: (path) => !path.endsWith("three") }],
  ["from/a", "new", { recursive: true, preserveTimestamps: true }],
];

async function afterCopy(
  fs: Fs,
  [from, to, options]: CopyArguments,
  copy: (from: string, to: string, options?: nodeFs.CopySyncOptions) => unknown,
): Promise<unknown> {
  const folder = nodeFs.mkdtempSync(nodePath.join(os.tmpdir(), "libos-cp-"));
  if (fs !== (nodeFs as unknown)) fs.mkdirSync(folder, { recursive: true });
  const clean = (text: string) => text.replaceAll(folder, "").replace(/\/(?= |$)/g, "");
  try {
    makeTree(fs, folder);
    let failure: unknown;
    try {
      await copy(`${folder}/${from}`, `${folder}/${to}`, options);
    } catch (error) {
      const { name, code, errno, message } = error as NodeJS.ErrnoException;
      failure = { name, code, errno, message: clean(message) };
    }
    return { failure, tree: JSON.parse(clean(JSON.stringify(listTree(fs, folder)))) as unknown };
  } finally {
    nodeFs.rmSync(folder, { recursive: true });
  }
}

t.test("cp leaves the same tree and the same errors as Node's", async (t) => {
  for (const copy of COPIES) {
    const node = nodeFs as unknown as Fs;
    const { fs } = makeFs();
    const text = JSON.stringify(copy);
    const sync = await afterCopy(fs, copy, (...values) => fs.cpSync(...values));
    const nodeSync = await afterCopy(node, copy, (...values) => nodeFs.cpSync(...values));
    t.same(sync, nodeSync, `cpSync ${text}`);
    const other = makeFs().fs;
    const promised = await afterCopy(other, copy, (...values) => other.promises.cp(...values));
    const nodePromised = await afterCopy(node, copy, (...values) => nodeFs.promises.cp(...values));
    t.same(promised, nodePromised, `promises.cp ${text}`);
  }
});

t.test("a copied folder keeps its permissions", async (t) => {
  const { fs } = makeFs();
  makeTree(fs, "");
  fs.chmodSync("/from/a/b", 0o500);
  fs.cpSync("/from", "/copy", { recursive: true });
  t.equal(fs.statSync("/copy/a/b").mode & 0o777, 0o500);
  t.equal(fs.readFileSync("/copy/a/b/three", "utf8"), "3");
});

t.test("a filter may answer with a promise, in the asynchronous forms", async (t) => {
  const { fs } = makeFs();
  makeTree(fs, "");
  const filter = async (path: string) => !path.endsWith("b");
  await fs.promises.cp("/from", "/copy", { recursive: true, filter });
  t.same(fs.readdirSync("/copy/a"), ["dangling", "link", "two"]);
  t.throws(() => fs.cpSync("/from", "/other", { recursive: true, filter: filter as never }), {
    code: "ERR_INVALID_RETURN_VALUE",
  });
});

t.test("rm removes a tree and not what its links point to", async (t) => {
  const { fs } = makeFs();
  makeTree(fs, "");
  fs.symlinkSync("/to", "/from/a/outside");
  t.throws(() => fs.rmSync("/from"), { code: "ERR_FS_EISDIR", name: "SystemError" });
  fs.rmSync("/from", { recursive: true, maxRetries: 3, retryDelay: 10 });
  t.equal(fs.existsSync("/from"), false);
  t.equal(fs.readFileSync("/to/kept", "utf8"), "kept");
  fs.rmSync("/from", { force: true });
  await t.rejects(fs.promises.rm("/from"), { code: "ENOENT", syscall: "lstat" });
});

t.test("opendir gives entries one by one, by every way to read them", async (t) => {
  const { fs } = makeFs();
  makeTree(fs, "");
  const dir = fs.opendirSync("/from");
  t.equal(dir.path, "/from");
  const first = dir.readSync();
  t.same([first?.name, first?.parentPath, first?.isDirectory()], ["a", "/from", true]);
  t.equal((await dir.read())?.name, "one");
  t.equal(await new Promise((resolve) => dir.read((_error, entry) => resolve(entry))), null);
  dir.closeSync();
  t.throws(() => dir.readSync(), { code: "ERR_DIR_CLOSED" });
  await t.rejects(dir.close(), { code: "ERR_DIR_CLOSED" });

  const names: string[] = [];
  for await (const entry of await fs.promises.opendir("/from", { recursive: true })) {
    names.push(`${entry.parentPath}/${entry.name}`);
  }
  t.same(names.toSorted(), [
    "/from/a",
    "/from/a/b",
    "/from/a/b/three",
    "/from/a/dangling",
    "/from/a/link",
    "/from/a/two",
    "/from/one",
  ]);
  {
    using open = fs.opendirSync("/from");
    await using other = await fs.promises.opendir("/from");
    t.equal(open.readSync()?.name, (await other.read())?.name);
  }
  const left = await fs.promises.opendir("/from");
  for await (const entry of left) {
    t.equal(entry.name, "a");
    break;
  }
  await t.rejects(left.read(), { code: "ERR_DIR_CLOSED" }, "leaving the loop closes it");
});

t.test("readdir gives names, entries and bytes, and what lies below", async (t) => {
  const { fs } = makeFs();
  makeTree(fs, "");
  t.same(fs.readdirSync("/from", "buffer"), [Buffer.from("a"), Buffer.from("one")]);
  t.same(fs.readdirSync("/from", { encoding: "hex" as never }), ["61", "6f6e65"]);
  t.same(fs.readdirSync("/from", { recursive: true }), [
    "a",
    "one",
    "a/b",
    "a/dangling",
    "a/link",
    "a/two",
    "a/b/three",
  ]);
  const entries = fs.readdirSync("/from/a", { withFileTypes: true });
  t.same(
    entries.map((entry) => [
      entry.name,
      entry.isDirectory(),
      entry.isSymbolicLink(),
      entry.isFile(),
    ]),
    [
      ["b", true, false, false],
      ["dangling", false, true, false],
      ["link", false, true, false],
      ["two", false, false, true],
    ],
  );
  t.ok(entries.every((entry) => entry instanceof fs.Dirent && entry.parentPath === "/from/a"));
});
