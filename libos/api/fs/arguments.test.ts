/** Bad arguments meet the errors of node:fs, word for word. */
import nodeFs from "node:fs";
import os from "node:os";
import nodePath from "node:path";
import t from "tap";
import type { Fs } from "./mod.ts";
import { makeFs } from "./testing/make-fs.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- wrong types are the subject
type AnyFs = any;
type Call = (fs: AnyFs, folder: string, fd: number) => unknown;

class Odd {
  readonly kind = "odd";
}

const PATHS: readonly unknown[] = [
  undefined,
  null,
  5,
  {},
  [],
  true,
  Symbol("s"),
  () => 1,
  new Odd(),
  "a\0b",
  Buffer.from("a\0b"),
  new URL("http://host/x"),
  new URL("file://host/x"),
  new URL("file:///a%2Fb"),
];

const CALLS: readonly Call[] = [
  ...PATHS.flatMap((path): Call[] => [
    (fs) => fs.statSync(path),
    (fs) => fs.openSync(path),
    (fs) => fs.mkdirSync(path),
    (fs) => fs.stat(path, () => {}),
    (fs, folder) => fs.renameSync(path, folder),
    (fs, folder) => fs.renameSync(folder, path),
  ]),
  (fs) => fs.stat("/x"),
  (fs) => fs.stat("/x", {}, 5),
  (fs) => fs.readFile("/x", "utf8"),
  (fs) => fs.exists("/x"),
  (fs) => fs.openSync("/x", "zz"),
  (fs) => fs.openSync("/x", {}),
  (fs) => fs.openSync("/x", 1.5),
  (fs) => fs.openSync("/x", 2 ** 40),
  (fs) => fs.openSync("/x", "r", "9"),
  (fs) => fs.openSync("/x", "r", -1),
  (fs) => fs.openSync("/x", "r", 1.5),
  (fs) => fs.mkdirSync("/x", "99"),
  (fs) => fs.mkdirSync("/x", { recursive: 1 }),
  (fs) => fs.mkdirSync("/x", { mode: {} }),
  (fs) => fs.chmodSync("/x"),
  (fs) => fs.chmodSync("/x", "rw"),
  (fs) => fs.chmodSync("/x", 2 ** 33),
  (fs) => fs.chownSync("/x", "1", 1),
  (fs) => fs.chownSync("/x", 1, -2),
  (fs) => fs.chownSync("/x", 1.5, 1),
  (fs) => fs.fchownSync(1, 1, 2 ** 33),
  ...["a", undefined, -1, 1.5, 2 ** 31, NaN, {}].flatMap((fd): Call[] => [
    (fs) => fs.closeSync(fd),
    (fs) => fs.fsyncSync(fd),
    (fs) => fs.fstat(fd, () => {}),
    (fs) => fs.ftruncateSync(fd, 1),
  ]),
  (fs) => fs.ftruncateSync(1, "x"),
  (fs) => fs.ftruncateSync(1, 1.5),
  (fs) => fs.utimesSync("/x", "x", 1),
  (fs) => fs.utimesSync("/x", 1, NaN),
  (fs) => fs.utimesSync("/x", undefined, 1),
  (fs) => fs.futimesSync(1, {}, 1),
  (fs) => fs.symlinkSync("a", "b", "c"),
  (fs) => fs.symlinkSync("a", "b", 5),
  (fs) => fs.readFileSync("/x", "nonsense"),
  (fs) => fs.readFileSync("/x", { encoding: 5 }),
  (fs) => fs.readFileSync("/x", 5),
  (fs) => fs.readFileSync("/x", { flag: "q" }),
  (fs) => fs.writeFileSync("/x", {}),
  (fs) => fs.writeFileSync("/x", 5),
  (fs) => fs.writeFileSync("/x", undefined),
  (fs) => fs.writeFileSync("/x", "", { mode: "z" }),
  (fs) => fs.writeFileSync("/x", "", { flush: 1 }),
  (fs) => fs.readdirSync("/x", { recursive: "yes" }),
  (fs) => fs.readdirSync("/x", "nonsense"),
  (fs) => fs.accessSync("/x", "r"),
  (fs) => fs.accessSync("/x", 9),
  (fs) => fs.copyFileSync("/x", "/y", 8),
  (fs) => fs.copyFileSync("/x", 5),
  (fs) => fs.copyFileSync(5, "/x"),
  (fs) => fs.linkSync(5, "/x"),
  (fs) => fs.linkSync("/x", 5),
  (fs) => fs.symlinkSync(5, "/x"),
  (fs) => fs.mkdtempSync(5),
  (fs) => fs.mkdtempSync("/x", "nonsense"),
  (fs) => fs.rmSync("/x", { recursive: 1 }),
  (fs) => fs.rmSync("/x", { force: "y" }),
  (fs) => fs.rmSync("/x", { maxRetries: -1 }),
  (fs) => fs.cpSync("/x", "/y", { recursive: 1 }),
  (fs) => fs.cpSync("/x", "/y", { filter: 1 }),
  (fs) => fs.cpSync("/x", "/y", { dereference: true, verbatimSymlinks: true }),
  (fs) => fs.watch("/x", { recursive: 1 }),
  (fs) => fs.watchFile("/x"),
  (fs) => fs.createReadStream(5),
  (fs) => fs.createReadStream("/x", 5),
  (fs) => fs.createReadStream("/x", { start: -1 }),
  (fs) => fs.createReadStream("/x", { start: "1" }),
  (fs) => fs.createReadStream("/x", { start: 5, end: 2 }),
  (fs) => fs.createReadStream("/x", { end: 1.5 }),
  (fs) => fs.createReadStream("/x", { encoding: "nonsense" }),
  (fs) => fs.createReadStream("/x", { fd: "a" }),
  (fs) => fs.createWriteStream("/x", { start: -1 }),
  (fs) => fs.createWriteStream("/x", { flush: 1 }),
  (fs, _folder, fd) => fs.readSync(fd, "text"),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), 0, 4),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), 4, 1),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), -1, 1),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), "0", 1),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), 0, -1),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), 0, 1, -2),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), 0, 1, "0"),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), 0, 1, 1.5),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), 0, 1, -2n),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(0), 0, 1),
  (fs, _folder, fd) => fs.readSync(fd, Buffer.alloc(3), { offset: 5 }),
  (fs, _folder, fd) => fs.readvSync(fd, "x"),
  (fs, _folder, fd) => fs.readvSync(fd, [1]),
  (fs, _folder, fd) => fs.writeSync(fd, {}),
  (fs, _folder, fd) => fs.writeSync(fd, Buffer.alloc(3), 4),
  (fs, _folder, fd) => fs.writeSync(fd, Buffer.alloc(3), 1, 3),
  (fs, _folder, fd) => fs.writeSync(fd, Buffer.alloc(3), 0, -1),
  (fs, _folder, fd) => fs.writeSync(fd, Buffer.alloc(3), 1.5),
  (fs, _folder, fd) => fs.writeSync(fd, "x", 0, "nonsense"),
  (fs, _folder, fd) => fs.writevSync(fd, [1]),
  (fs, _folder, fd) => fs.write(fd, "x"),
  (fs, _folder, fd) => fs.read(fd, "x", () => {}),
];

function outcome(call: Call, fs: AnyFs, folder: string, fd: number): unknown {
  try {
    const result = call(fs, folder, fd);
    // A stream or a watcher reports later what it finds.
    (result as { on?: (event: string, listener: () => void) => void } | undefined)?.on?.(
      "error",
      () => {},
    );
    return { result: typeof result };
  } catch (error) {
    const { name, message, code } = error as NodeJS.ErrnoException;
    return { name, message, code };
  }
}

t.test("bad arguments meet Node's errors", async (t) => {
  const folder = nodeFs.mkdtempSync(nodePath.join(os.tmpdir(), "libos-args-"));
  const { fs } = makeFs();
  fs.mkdirSync(folder, { recursive: true });
  const path = nodePath.join(folder, "file");
  const nodeFd = nodeFs.openSync(path, "w+");
  const ourFd = fs.openSync(path, "w+");
  t.teardown(() => {
    nodeFs.closeSync(nodeFd);
    nodeFs.rmSync(folder, { recursive: true });
  });
  for (const call of CALLS) {
    const expected = outcome(call, nodeFs, folder, nodeFd);
    t.same(outcome(call, fs, folder, ourFd), expected, String(call).slice(0, 90));
  }
});

t.test("the promise forms reject with the same errors", async (t) => {
  const { fs } = makeFs();
  const calls: ((fs: Fs["promises"]) => Promise<unknown>)[] = [
    (fs) => fs.stat(5 as unknown as string),
    (fs) => fs.readFile("/x", "nonsense" as BufferEncoding),
    (fs) => fs.writeFile("/x", {} as string),
    (fs) => fs.open("/x", "zz"),
    (fs) => fs.readFile("/not/here"),
    (fs) => fs.rename("/not/here", "/there"),
    (fs) => fs.rm("/not/here"),
    (fs) => fs.access("/not/here"),
    (fs) => fs.readdir("/not/here"),
  ];
  for (const call of calls) {
    const view = (error: NodeJS.ErrnoException) => [error.name, error.message, error.code];
    const expected = await call(nodeFs.promises as Fs["promises"]).catch(view);
    t.same(await call(fs.promises).catch(view), expected, String(call));
  }
});

t.test("paths may be strings, buffers and URLs", async (t) => {
  const { fs } = makeFs();
  fs.writeFileSync(Buffer.from("/tmp/a b"), "1");
  t.equal(fs.readFileSync(new URL("file:///tmp/a%20b"), "utf8"), "1");
  const urlLike = {
    href: "file:///tmp/a%20b",
    protocol: "file:",
    hostname: "",
    pathname: "/tmp/a%20b",
  };
  t.equal(fs.readFileSync(urlLike as URL, "utf8"), "1", "an object in the shape of a URL");
});
