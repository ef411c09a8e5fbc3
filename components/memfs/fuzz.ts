import type { FuzzTarget } from "../testing/fuzz.ts";
import {
  createFileStat,
  createFileSystemStat,
  createVfs,
  modes,
  type FileSystemSync,
  type Vfs,
} from "../vfs/mod.ts";
import { createMemfs, MEMFS_LIMITS, type MemfsLimits } from "./mod.ts";

const LIMITS: MemfsLimits = {
  ...MEMFS_LIMITS,
  bytes: 40_000,
  inodes: 40,
  links: 5,
  fileBytes: 200_000,
  watches: 3,
  recycledBytes: 65_536,
};
const VFS_LIMITS = { openFiles: 8, mounts: 3, cachedPaths: 6, watches: 4 };
const NAMES = ["a", "b", "c", "dir", "m", ".", "..", "", "a/b", "/m", "/", "x".repeat(300)];
const USERS = [0, 0, 0, 10, 11];
/** The largest error number that Linux has. */
const ERRNO_MAX = 133;

/** Takes choices from bytes, and zeros when they are used up. */
class Choices {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  /** A path of known names, or one of any characters at all. */
  path(): string {
    const kind = this.byte();
    if (kind >= 224) {
      const part = this.#bytes.subarray(this.#at, this.#at + (kind & 31));
      this.#at += part.length;
      return String.fromCharCode(...part);
    }
    const parts: string[] = kind & 1 ? [""] : [];
    for (let i = 0; i <= kind % 3; i++) parts.push(NAMES[this.byte() % NAMES.length]!);
    return parts.join("/");
  }

  /** A number that is small, large or odd. */
  number(): number {
    const low = this.byte();
    return [low, low * 1000, low - 128, low * 2 ** 33][this.byte() & 3]!;
  }
}

/** One world, and what a program of operations may do to it. */
class World {
  readonly roots: readonly FileSystemSync[];
  readonly vfs: Vfs;
  readonly #choices: Choices;
  readonly #mounted;
  readonly #stat = createFileStat();
  readonly #buffer = new Uint8Array(9000).fill(1);

  constructor(choices: Choices) {
    let nowUs = 0;
    const root = createMemfs({ wallUs: () => ++nowUs }, LIMITS);
    this.#mounted = createMemfs({ wallUs: () => ++nowUs }, LIMITS);
    this.roots = [root.sync, this.#mounted.sync];
    this.vfs = createVfs({ root }, VFS_LIMITS);
    this.#choices = choices;
  }

  /** Does the next operation. @returns What it returned. */
  step(): string | number {
    const c = this.#choices;
    const { vfs } = this;
    const fd = () => c.byte() % 12;
    const length = () => Math.min(this.#buffer.length, Math.max(0, c.number()));
    switch (c.byte() % 25) {
      case 0:
        return vfs.mkdir(c.path(), c.byte() * 2);
      case 1:
        return vfs.rmdir(c.path());
      case 2:
        return vfs.unlink(c.path());
      case 3:
        return vfs.rename(c.path(), c.path());
      case 4:
        return vfs.link(c.path(), c.path());
      case 5:
        return vfs.symlink(c.path(), c.path());
      case 6:
        return vfs.readlink(c.path());
      case 7:
        return vfs.readdir(c.path(), () => {});
      case 8:
        return vfs.realpath(c.path());
      case 9:
        return vfs.chdir(c.path());
      case 10:
        return vfs.stat(c.path(), this.#stat);
      case 11:
        return vfs.lstat(c.path(), this.#stat);
      case 12:
        return vfs.access(c.path(), c.byte() & 7);
      case 13:
        return vfs.chmod(c.path(), c.number());
      case 14:
        return vfs.chown(c.path(), c.byte() % 20, c.byte() % 20, (c.byte() & 1) === 1);
      case 15:
        return vfs.utimes(c.path(), c.number(), c.number(), true);
      case 16:
      case 17:
        return vfs.open(c.path(), c.byte() | ((c.byte() & 31) << 8), c.byte() * 2);
      case 18:
        return vfs.close(fd());
      case 19:
        return vfs.read(fd(), this.#buffer, 0, length(), c.number());
      case 20:
        return vfs.write(fd(), this.#buffer, 0, length(), Math.max(-1, c.number()));
      case 21:
        return vfs.ftruncate(fd(), c.number());
      case 22:
        return c.byte() & 1 ? vfs.mount(c.path(), this.#mounted) : vfs.unmount(c.path());
      case 23:
        return c.byte() & 1 ? this.#watch() : (vfs.unwatch(c.byte() & 7), 0);
      default:
        return this.#become();
    }
  }

  #watch(): number {
    return this.vfs.watch(this.#choices.path(), (this.#choices.byte() & 1) === 1, () => {});
  }

  #become(): number {
    const uid = USERS[this.#choices.byte() % USERS.length]!;
    this.vfs.setCredentials({ uid, gid: uid, groups: [] });
    return 0;
  }
}

/** Removes everything below a directory. */
function empty(fs: FileSystemSync, directory: number): void {
  const names: string[] = [];
  fs.readdir(directory, (name) => void names.push(name));
  for (const name of names) {
    const node = fs.lookup(directory, name);
    if (fs.type(node) !== modes.S_IFDIR) must(fs.unlink(directory, name) === 0, `unlink ${name}`);
    else {
      empty(fs, node);
      must(fs.rmdir(directory, name) === 0, `rmdir ${name}`);
    }
  }
}

function must(condition: boolean, what: string): void {
  if (!condition) throw new Error(what);
}

/** After `stop` and the removal of all names, a file system owns nothing. */
function checkEmpty(fs: FileSystemSync): void {
  empty(fs, fs.root());
  const stat = createFileSystemStat();
  fs.statfs(stat);
  must(stat.freeBlocks === stat.blocks, `${stat.blocks - stat.freeBlocks} blocks are lost`);
  must(stat.freeFiles === stat.files - 1, `${stat.files - 1 - stat.freeFiles} inodes are lost`);
}

/** Any program of file operations, on paths of any characters, within narrow bounds. */
export const fuzz: FuzzTarget[] = [
  {
    name: "vfs and memfs operations",
    seeds: [
      Uint8Array.of(0, 1, 0, 16, 1, 1, 66, 0, 255, 20, 3, 200, 0, 0, 0, 18, 3),
      Uint8Array.of(
        0,
        1,
        3,
        22,
        1,
        1,
        3,
        0,
        3,
        4,
        0,
        16,
        3,
        4,
        65,
        0,
        255,
        3,
        3,
        4,
        1,
        0,
        22,
        0,
        1,
        3,
      ),
      Uint8Array.of(5, 1, 0, 1, 1, 5, 1, 1, 1, 0, 10, 1, 0, 8, 1, 1, 6, 1, 0, 2, 1, 0),
      Uint8Array.of(24, 3, 0, 1, 0, 255, 13, 1, 0, 0, 0, 24, 0, 23, 1, 1, 0, 1, 9, 1, 0, 7, 0, 5),
      Uint8Array.of(10, 230, 47, 97, 0, 255, 47, 46, 12, 255, 0, 236, 47, 47, 46, 46, 47, 128),
    ],
    run(bytes) {
      const choices = new Choices(bytes);
      const world = new World(choices);
      while (!choices.isEmpty) {
        const result = world.step();
        if (typeof result === "string") continue;
        must(Number.isInteger(result) && result >= -ERRNO_MAX, `an operation returned ${result}`);
      }
      world.vfs.stop();
      world.roots.forEach(checkEmpty);
    },
  },
];
