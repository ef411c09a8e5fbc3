import type { Fs } from "../mod.ts";
import type { Random } from "./random.ts";

/** One operation on a file system: what it is called, and how to do it. */
export interface RandomOperation {
  readonly text: string;
  run(fs: Fs, state: OpenState): unknown;
}

/** Descriptors that operations have opened, by number of opening. */
export interface OpenState {
  readonly fds: (number | undefined)[];
}

const NAMES = ["a", "b", "c", "d", "é", "long-name"];
const FLAGS = ["r", "r+", "w", "wx", "w+", "a", "ax", "a+", "rs+"];
const MODES = [0o755, 0o644, 0o700, 0o600, 0o777];
const TIMES = [0, 1, 1_000_000_000, 1.5];

/** Operations on a tree of few names, so that they meet each other. */
export function randomOperation(random: Random, root: string, fds: number): RandomOperation {
  const path = () => randomPath(random, root);
  const downPath = () => path().replaceAll("/..", "").replace(/\/+$/, "");
  const text = () => "x".repeat(random.pick([0, 1, 5, 300, 5000, 70_000])) + random.integer(10);
  const make = MAKERS[random.integer(MAKERS.length)]!;
  return make({ random, path, downPath, text, fd: () => random.integer(Math.max(1, fds)) });
}

function randomPath(random: Random, root: string): string {
  let path = root;
  const depth = random.pick([1, 1, 1, 2, 2, 3]);
  for (let i = 0; i < depth; i++) {
    path += random.chance(0.04) ? "//" : "/";
    path += random.chance(0.03) ? "." : random.pick(NAMES);
    if (random.chance(0.03)) path += "/..";
  }
  return random.chance(0.05) ? `${path}/` : path;
}

interface Choice {
  readonly random: Random;
  path(): string;
  /** A path without ".." and a slash at its end: Node removes above the folder, and reports oddly. */
  downPath(): string;
  text(): string;
  fd(): number;
}

type Maker = (choice: Choice) => RandomOperation;

/** An operation whose arguments are all chosen beforehand, so that both sides get the same. */
function call(name: keyof Fs, values: readonly unknown[], view = (result: unknown) => result) {
  const shown = values.map((value) =>
    typeof value === "string" && value.length > 80 ? `<${value.length}>` : JSON.stringify(value),
  );
  return {
    text: `${String(name)}(${shown.join(", ")})`,
    run: (fs: Fs) => view((fs[name] as (...values: unknown[]) => unknown)(...values)),
  };
}

/** A call on a descriptor that an earlier operation opened. */
function callFd(name: keyof Fs, index: number, values: readonly unknown[]): RandomOperation {
  return {
    text: `${String(name)}(fd ${index}, ${JSON.stringify(values)})`,
    run(fs, state) {
      const fd = state.fds[index] ?? 1_000_000;
      if (name === "closeSync") state.fds[index] = undefined;
      const copies = values.map((value) => (value instanceof Uint8Array ? value.slice() : value));
      const result = (fs[name] as (...values: unknown[]) => unknown)(fd, ...copies);
      const data = copies.find((value) => value instanceof Uint8Array);
      if (name === "fstatSync") return statView(result);
      return [result, name === "readSync" && data ? Buffer.from(data).toString("hex") : undefined];
    },
  };
}

function statView(result: unknown): unknown {
  if (result === undefined) return undefined;
  const stats = result as ReturnType<Fs["statSync"]> & object;
  const isFile = stats.isFile();
  return {
    mode: stats.mode,
    uid: stats.uid,
    size: isFile ? stats.size : -1,
    nlink: isFile ? stats.nlink : -1,
    link: stats.isSymbolicLink(),
  };
}

function entryView(result: unknown): unknown {
  return (result as { name: string; parentPath: string; isDirectory(): boolean }[]).map((entry) => [
    entry.name,
    entry.parentPath,
    entry.isDirectory(),
  ]);
}

const MAKERS: readonly Maker[] = [
  ({ random, path, text }) =>
    call("writeFileSync", [path(), text(), { flag: random.pick(FLAGS), mode: random.pick(MODES) }]),
  ({ path, text }) => call("writeFileSync", [path(), text()]),
  ({ path, text }) => call("appendFileSync", [path(), text()]),
  ({ path }) => call("readFileSync", [path(), "utf8"]),
  ({ path }) => call("mkdirSync", [path()]),
  ({ path }) => call("mkdirSync", [path()]),
  ({ path }) => call("mkdirSync", [path(), { recursive: true }]),
  ({ path }) => call("rmdirSync", [path()]),
  ({ path }) => call("unlinkSync", [path()]),
  ({ path }) => call("renameSync", [path(), path()]),
  ({ path }) => call("renameSync", [path(), path()]),
  ({ path }) => call("linkSync", [path(), path()]),
  ({ random, path, downPath }) =>
    call("symlinkSync", [random.chance(0.5) ? downPath() : `../${random.pick(NAMES)}`, path()]),
  ({ random, path }) => call("symlinkSync", [random.pick(NAMES), path()]),
  ({ path }) => call("readlinkSync", [path()]),
  ({ path }) => call("statSync", [path()], statView),
  ({ path }) => call("lstatSync", [path()], statView),
  ({ path }) => call("statSync", [path(), { throwIfNoEntry: false }], statView),
  ({ path }) => call("readdirSync", [path()]),
  ({ path }) => call("readdirSync", [path(), { withFileTypes: true }], entryView),
  ({ path }) => call("existsSync", [path()]),
  ({ random, path }) => call("accessSync", [path(), random.integer(8)]),
  ({ random, path }) => call("chmodSync", [path(), random.pick(MODES)]),
  ({ random, path }) => call("truncateSync", [path(), random.pick([0, 3, 10_000, 200_000])]),
  ({ random, path }) => call("utimesSync", [path(), random.pick(TIMES), random.pick(TIMES)]),
  ({ path }) => copyOperation(path(), path(), 0),
  ({ path }) => copyOperation(path(), path(), 1),
  ({ path }) => call("realpathSync", [path()]),
  ({ path }) => call("rmSync", [path()]),
  ({ downPath }) => call("rmSync", [downPath(), { recursive: true, force: true }]),
  ({ random, path }) => openOperation(path(), random.pick(FLAGS)),
  ({ random, path }) => openOperation(path(), random.pick(FLAGS)),
  ({ fd }) => callFd("closeSync", fd(), []),
  ({ fd }) => callFd("fstatSync", fd(), []),
  ({ random, fd }) => callFd("ftruncateSync", fd(), [random.pick([0, 2, 9000, 70_000])]),
  ({ random, fd }) =>
    callFd("readSync", fd(), [new Uint8Array(20), 2, 15, random.pick([null, 0, 3, 69_990])]),
  ({ random, fd, text }) => callFd("writeSync", fd(), [text(), random.pick([null, 0, 7, 66_000])]),
  ({ fd, text }) => callFd("writeSync", fd(), [text(), null]),
];

function openOperation(path: string, flags: string): RandomOperation {
  return {
    text: `openSync(${path}, ${flags})`,
    run(fs, state) {
      state.fds.push(undefined);
      state.fds[state.fds.length - 1] = fs.openSync(path, flags);
      return "opened";
    },
  };
}

/** Node removes what is at the target when a directory is to be copied onto it; ours keeps it. */
function copyOperation(from: string, to: string, mode: number): RandomOperation {
  return {
    text: `copyFileSync(${from}, ${to}, ${mode})`,
    run(fs) {
      const isDirectory = isThere(() => fs.readdirSync(from));
      if (isDirectory && isThere(() => fs.lstatSync(to))) return "left out";
      return fs.copyFileSync(from, to, mode);
    },
  };
}

function isThere(look: () => unknown): boolean {
  try {
    look();
    return true;
  } catch {
    return false;
  }
}
