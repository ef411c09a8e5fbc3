/** What is measured: operations on one folder, in batches of which only `run` is timed. */
import type { BenchFs } from "./sides.ts";

/** One batch of an operation on one side. */
export interface Batch {
  /** Does the operation `count` times. */
  run(count: number): void | Promise<void>;
  /** Undoes it, so that the next batch finds the same. Not timed. */
  reset?(count: number): void;
}

export interface Workload {
  readonly name: string;
  /** Operations in one batch: few where each leaves something behind. */
  readonly count: number;
  prepare(fs: BenchFs, folder: string): Batch;
}

const FILES = 64;
const FILE_BYTES = 4096;
const LARGE_FILE_BYTES = 1 << 20;
const content = Buffer.alloc(FILE_BYTES, 0x61);

/** Files in a folder of the folder, as an application has them. */
function makeFiles(fs: BenchFs, folder: string): string[] {
  const place = `${folder}/some/folder`;
  fs.mkdirSync(place, { recursive: true });
  const paths = Array.from({ length: FILES }, (_, i) => `${place}/file-${i}.txt`);
  for (const path of paths) fs.writeFileSync(path, content);
  return paths;
}

function names(folder: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${folder}/new-${i}`);
}

/** A workload that calls `operation` with the path of an existing file. */
function onFiles(
  name: string,
  count: number,
  operation: (fs: BenchFs, path: string) => unknown,
): Workload {
  return {
    name,
    count,
    prepare(fs, folder) {
      const paths = makeFiles(fs, folder);
      return {
        run(count) {
          for (let i = 0; i < count; i++) operation(fs, paths[i % FILES]!);
        },
      };
    },
  };
}

/** A workload that awaits each `operation` on an existing file before the next. */
function awaitOnFiles(
  name: string,
  count: number,
  operation: (fs: BenchFs["promises"], path: string) => Promise<unknown>,
): Workload {
  return {
    name,
    count,
    prepare(fs, folder) {
      const paths = makeFiles(fs, folder);
      return {
        async run(count) {
          for (let i = 0; i < count; i++) await operation(fs.promises, paths[i % FILES]!);
        },
      };
    },
  };
}

/** A workload that makes new things in an empty folder, which are removed after each batch. */
function onNewNames(
  name: string,
  count: number,
  operation: (fs: BenchFs, path: string) => unknown,
  before?: (fs: BenchFs, path: string) => unknown,
): Workload {
  return {
    name,
    count,
    prepare(fs, folder) {
      const place = `${folder}/new`;
      const paths = names(place, count);
      const make = () => {
        fs.mkdirSync(place);
        if (before !== undefined) for (const path of paths) before(fs, path);
      };
      make();
      return {
        run(count) {
          for (let i = 0; i < count; i++) operation(fs, paths[i]!);
        },
        reset() {
          fs.rmSync(place, { recursive: true });
          make();
        },
      };
    },
  };
}

const readByDescriptor: Workload = {
  name: "read 4 KiB at random by descriptor",
  count: 2000,
  prepare(fs, folder) {
    const path = `${folder}/large`;
    fs.writeFileSync(path, Buffer.alloc(LARGE_FILE_BYTES, 0x62));
    const fd = fs.openSync(path, "r");
    const target = Buffer.alloc(FILE_BYTES);
    let seed = 1;
    return {
      run(count) {
        for (let i = 0; i < count; i++) {
          seed = (seed * 1103515245 + 12345) & 0x7fffffff;
          const position = seed % (LARGE_FILE_BYTES - FILE_BYTES);
          fs.readSync(fd, target, 0, FILE_BYTES, position);
        }
      },
    };
  },
};

const writeByDescriptor: Workload = {
  name: "write 4 KiB by descriptor",
  count: 2000,
  prepare(fs, folder) {
    const fd = fs.openSync(`${folder}/target`, "w");
    return {
      run(count) {
        for (let i = 0; i < count; i++) {
          fs.writeSync(fd, content, 0, FILE_BYTES, (i % 256) * FILE_BYTES);
        }
      },
    };
  },
};

const fstat: Workload = {
  name: "fstat",
  count: 2000,
  prepare(fs, folder) {
    const fd = fs.openSync(makeFiles(fs, folder)[0]!, "r");
    return {
      run(count) {
        for (let i = 0; i < count; i++) fs.fstatSync(fd);
      },
    };
  },
};

const append: Workload = {
  name: "append 4 KiB",
  count: 500,
  prepare(fs, folder) {
    const path = `${folder}/log`;
    return {
      run(count) {
        for (let i = 0; i < count; i++) fs.appendFileSync(path, content);
      },
      reset: () => fs.unlinkSync(path),
    };
  },
};

const missing: Workload = {
  name: "exists, of a missing file",
  count: 2000,
  prepare(fs, folder) {
    const path = `${folder}/nothing/here`;
    return {
      run(count) {
        for (let i = 0; i < count; i++) fs.existsSync(path);
      },
    };
  },
};

const readdir: Workload = {
  name: "readdir of 64 names",
  count: 500,
  prepare(fs, folder) {
    makeFiles(fs, folder);
    return {
      run(count) {
        for (let i = 0; i < count; i++) fs.readdirSync(`${folder}/some/folder`);
      },
    };
  },
};

const rename: Workload = {
  name: "rename",
  count: 1000,
  prepare(fs, folder) {
    const path = makeFiles(fs, folder)[0]!;
    return {
      run(count) {
        for (let i = 0; i < count; i += 2) {
          fs.renameSync(path, `${path}.old`);
          fs.renameSync(`${path}.old`, path);
        }
      },
    };
  },
};

const readlink: Workload = {
  name: "readlink",
  count: 2000,
  prepare(fs, folder) {
    const path = `${folder}/link`;
    fs.symlinkSync("some/target", path);
    return {
      run(count) {
        for (let i = 0; i < count; i++) fs.readlinkSync(path);
      },
    };
  },
};

const promisedWrite: Workload = {
  name: "promises write new 4 KiB",
  count: 500,
  prepare(fs, folder) {
    const place = `${folder}/new`;
    const paths = names(place, 500);
    fs.mkdirSync(place);
    return {
      async run(count) {
        for (let i = 0; i < count; i++) await fs.promises.writeFile(paths[i]!, content);
      },
      reset() {
        fs.rmSync(place, { recursive: true });
        fs.mkdirSync(place);
      },
    };
  },
};

export const WORKLOADS: readonly Workload[] = [
  onFiles("stat", 2000, (fs, path) => fs.statSync(path)),
  onFiles("exists", 2000, (fs, path) => fs.existsSync(path)),
  missing,
  onFiles("access", 2000, (fs, path) => fs.accessSync(path)),
  fstat,
  onFiles("read 4 KiB", 1000, (fs, path) => fs.readFileSync(path)),
  onFiles("read 4 KiB as text", 1000, (fs, path) => fs.readFileSync(path, "utf8")),
  readByDescriptor,
  onNewNames("write new 4 KiB", 1000, (fs, path) => fs.writeFileSync(path, content)),
  onFiles("write existing 4 KiB", 1000, (fs, path) => fs.writeFileSync(path, content)),
  writeByDescriptor,
  append,
  onFiles("open and close", 2000, (fs, path) => fs.closeSync(fs.openSync(path, "r"))),
  onFiles("truncate", 1000, (fs, path) => fs.truncateSync(path, FILE_BYTES)),
  readdir,
  onNewNames("mkdir and rmdir", 1000, (fs, path) => {
    fs.mkdirSync(path);
    fs.rmdirSync(path);
  }),
  rename,
  onNewNames(
    "unlink",
    1000,
    (fs, path) => fs.unlinkSync(path),
    (fs, path) => fs.writeFileSync(path, ""),
  ),
  onNewNames("symlink", 1000, (fs, path) => fs.symlinkSync("target", path)),
  readlink,
  onFiles("realpath", 1000, (fs, path) => fs.realpathSync(path)),
  onFiles("chmod", 1000, (fs, path) => fs.chmodSync(path, 0o644)),
  onFiles("utimes", 1000, (fs, path) => fs.utimesSync(path, 1, 2)),
  awaitOnFiles("promises stat", 1000, (fs, path) => fs.stat(path)),
  awaitOnFiles("promises access", 1000, (fs, path) => fs.access(path)),
  awaitOnFiles("promises read 4 KiB", 500, (fs, path) => fs.readFile(path)),
  promisedWrite,
  awaitOnFiles("promises write existing 4 KiB", 500, (fs, path) => fs.writeFile(path, content)),
  awaitOnFiles("promises open and close", 500, async (fs, path) => (await fs.open(path)).close()),
  awaitOnFiles("promises readdir of 64 names", 200, (fs, path) =>
    fs.readdir(path.slice(0, path.lastIndexOf("/"))),
  ),
];
